# Every command a person types. `make help` lists them; mk/ holds the rules, one subject per file:
#   mk/setup.mk  tools and packages      mk/build.mk  hypervisor images and host programs
#   mk/run.mk    run, boot, iso, bench   mk/tests.mk  make test
#   mk/labs.mk   labs, and what a student types; mk/grade.mk the autograder; mk/instructor.mk archives, whole classes
# A hand-out has only those of them that students need.
# guests/guests.mk builds the guests. Outputs go to $(BUILD) and nowhere else.
BUILD ?= build
ifeq ($(origin CC),default)
CC := gcc
endif
LD := ld -m elf_i386
ifeq ($(MAKELEVEL),0)
MAKEFLAGS += -j$(shell nproc 2>/dev/null || echo 1)
endif
.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules

# $(call show,WORD) before a command prints one short line instead of the command; V=1 shows commands, -s nothing.
silent = $(findstring s,$(filter-out -%,$(firstword $(MAKEFLAGS))))
show = $(if $(filter 1,$(V)),,@$(if $(silent),,printf '  %-8s%s\n' $1 $@;))

include mk/setup.mk
include mk/build.mk
include mk/labs.mk
-include guests/guests.mk
include mk/run.mk
-include mk/gdb.mk
include mk/grade.mk
-include mk/mutants.mk
-include mk/tests.mk
-include mk/handouts.mk
-include mk/instructor.mk

.PHONY: all help clean
all: $(if $(LAB),lab-image,image) host guests ## builds everything (no need to type it: the others do)

# In a hand-out without those that work in the course's own tree only.
help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' Makefile mk/*.mk \
	    $(if $(HANDOUT),| grep -Ev '^make (labs|lecture) ')

clean: ## removes everything that was built
	rm -rf $(BUILD)
