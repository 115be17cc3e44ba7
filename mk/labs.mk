# Labs: labs/ is derived from solution/; and what a student types, with LAB=N here or without it in the lab's folder.
# The student's hypervisor is the floor in labs/ on the reference floors below it: build/labs/ringlet-labN.elf.
LAB ?=
# Floors to take from labs/: MINE=1-3, or MINE=2. Without it only the lab's own.
MINE ?=
LAB_FOLDERS := $(sort $(notdir $(wildcard labs/lab[1-9]-*)))
SOLVED_FOLDERS := $(sort $(notdir $(wildcard solution/lab[1-9]-*)))
# In a hand-out the lab's floor is in labs/ only; there LAB need not be said.
HANDOUT := $(filter-out $(SOLVED_FOLDERS),$(LAB_FOLDERS))
ifeq ($(LAB)$(words $(HANDOUT)),1)
LAB := $(call floor_number,$(HANDOUT))
endif

ifneq ($(LAB),)
LAB_FOLDER := $(filter lab$(LAB)-%,$(LAB_FOLDERS))
ifneq ($(words $(LAB) $(LAB_FOLDER)),2)
$(error LAB=$(LAB): there is no such lab; say LAB=$(subst $() ,$() or LAB=,$(call floor_number,$(LAB_FOLDERS))))
endif
LAB_NUMBERS := $(wordlist 1,$(LAB),1 2 3 4 5 6)
LAB_FLOORS := $(foreach k,$(LAB_NUMBERS),$(filter lab$k-%,$(sort $(SOLVED_FOLDERS) $(LAB_FOLDERS))))

ifneq ($(MINE),)
mine_first := $(firstword $(subst -, ,$(MINE)))
mine_last := $(lastword $(subst -, ,$(MINE)))
MINE_NUMBERS := $(foreach k,$(LAB_NUMBERS),\
    $(shell test $k -ge $(mine_first) -a $k -le $(mine_last) 2>/dev/null && echo $k))
ifneq ($(firstword $(MINE_NUMBERS))-$(lastword $(MINE_NUMBERS)),$(mine_first)-$(mine_last))
$(error MINE=$(MINE): say MINE=A-B with labs from 1 to $(LAB), the first one first)
endif
else
MINE_NUMBERS := $(LAB)
endif
$(foreach k,$(MINE_NUMBERS),$(if $(filter lab$k-%,$(LAB_FOLDERS)),,\
    $(error MINE=$(MINE): there is no floor $k in labs/; copy your folder of lab $k there)))
LAB_BUILD := $(BUILD)/labs$(if $(MINE),/mine-$(MINE))
LAB_IMAGE := $(LAB_BUILD)/ringlet-lab$(LAB).elf
endif

# What `make`, run, boot, iso and bench are about.
RUN_NEEDS := $(if $(LAB),lab-image,image)
RUN_IMAGE := $(if $(LAB),$(LAB_IMAGE),$(BUILD)/ringlet.elf)

.PHONY: labs labs-check lab-needed lab-image mine handin
labs: ## derives labs/ from solution/ again
	@$(if $(HANDOUT),echo "labs: in a hand-out there is nothing to derive labs/$(HANDOUT) from." >&2; exit 1)
	@$(foreach floor,$(SOLVED_FOLDERS),mk/labs-derive solution/$(floor) labs/$(floor) &&) :

# Part of make test: a change of solution/ that did not reach labs/ is a failure.
labs-check:
	@rm -rf $(BUILD)/labs-check; status=0; for floor in $(SOLVED_FOLDERS); do \
	    mk/labs-derive solution/$$floor $(BUILD)/labs-check/$$floor && \
	    diff -rq $(BUILD)/labs-check/$$floor labs/$$floor || status=1; done; \
	    rm -rf $(BUILD)/labs-check; [ $$status -eq 0 ] || \
	    { echo "labs/ is not what solution/ gives now; say make labs and commit the result." >&2; exit 1; }

lab-needed:
	@$(if $(LAB),:,echo "make: say which lab with LAB=1, or type this in the folder of the lab." >&2; exit 1)

# The floors of the lab, built like any others, in a folder of their own: this lab's image alone, for an image of a lower
# lab made on the way would have the reference floor in it, and be taken for that lab's later.
lab-image: lab-needed
	@$(MAKE) --no-print-directory $(LAB_IMAGE) LAB= MINE= BUILD=$(LAB_BUILD) FLOORS='$(LAB_FLOORS)' \
	    $(MINE_NUMBERS:%=SOURCE_%=labs)

mine: lab-image ## MINE=1-N LAB=N: the hypervisor made of your labs; `make run` with the same MINE boots it
	@echo "$(LAB_IMAGE): floors $(MINE_NUMBERS) from labs/"

handin: lab-needed ## LAB=N: the archive to submit, build/handin-labN.tar.gz
	@mk/handin labs/$(LAB_FOLDER) $(BUILD)/handin-lab$(LAB).tar.gz
