# Tools and packages: before anything is built setup/doctor looks whether all is there (some milliseconds) and
# brings what is missing. The table of what is needed is setup/packages.
.PHONY: doctor setup
doctor: ## versions found and wanted, what each tool is for, how to get it
	@setup/doctor report

setup:
	@:

# The grader builds submissions behind a fence, with DOCTOR=off: it was looked at before, and is no fault of theirs.
DOCTOR ?= on
ifeq ($(DOCTOR),on)
ifneq ($(filter-out help clean doctor,$(or $(MAKECMDGOALS),all)),)
setup_output := $(shell setup/doctor install >&2)
ifneq ($(.SHELLSTATUS),0)
$(error nothing was built, because tools are missing)
endif
endif
endif
