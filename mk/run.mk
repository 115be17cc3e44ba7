# Booting: run, boot, iso, bench. All of it goes through build/boot (grader/host/boot.c), the one place that knows how a
# machine is started.
# The demonstration of each lab, and of the complete hypervisor that of the last. 1: two unmodified kernels side by side,
# and one whose critical sections cannot be seen. 2: a kernel that knows of us, one of that kind that goes too far, and an
# unmodified one beside them.
DEMO_1 := $(BUILD)/guests/bare.elf name=one shell,$(BUILD)/guests/bare.elf name=two shell,$(BUILD)/guests/bare-popf.elf
DEMO_2 := $(BUILD)/guests/demo-pv.elf name=pv shell,$(BUILD)/guests/demo-pv.elf name=rogue attack,$\
    $(BUILD)/guests/bare.elf name=bare shell
DEMO := $(or $(DEMO_$(LAB)),$(DEMO_2))
# What a person may set; recipes take these from the environment, so that quotes in them mean nothing to the shell.
GUESTS ?= $(DEMO)
OPTIONS ?=
TIMEOUT ?= 60
PLATFORM ?= qemu
export GUESTS OPTIONS TIMEOUT PLATFORM JSON

.PHONY: run boot boot-now iso bench
run: $(RUN_NEEDS) host guests ## boots the hypervisor with three guests and leaves you at their console
	@$(BUILD)/boot -i -c "$$OPTIONS" $(RUN_IMAGE) "$$GUESTS"

iso: $(BUILD)/ringlet.iso ## bootable image with the demonstration: build/ringlet.iso
$(BUILD)/ringlet.iso: $(RUN_NEEDS) host guests
	@$(BUILD)/boot -o $@ -c "$$OPTIONS" $(RUN_IMAGE) "$$GUESTS"
	@echo $@

# What both modes report is paging's, the dearer one. An image of lab 1 has neither ring-1 guests nor modes.
BENCHES_PV := $(foreach mode,paging segments,"isolation=$(mode) $(BUILD)/guests/bench-pv.elf $(mode)")
BENCHES := $(BUILD)/guests/bench-bare.elf $(if $(filter lab1-boot,$(lastword $(LAB_FLOORS))),,$(BENCHES_PV)) \
    $(if $(filter lab3-mmu,$(or $(LAB_FLOORS),$(FLOORS))),"isolation=paging $(BUILD)/guests/bench-mmu.elf")

bench: $(RUN_NEEDS) host guests ## what traps cost, in instructions: table and build/bench.svg; JSON=file writes the rows
	@$(BUILD)/bench $(if $(JSON),-j "$$JSON") $(RUN_IMAGE) $(BENCHES) >$(BUILD)/bench.txt
	@cat $(BUILD)/bench.txt
	@gnuplot -e "table='$(BUILD)/bench.txt'; picture='$(BUILD)/bench.svg'" mk/bench.gp
	@echo "drawn: $(BUILD)/bench.svg"

# Exit status of `make boot`: 0, 1 and 2 mean three things, but GNU make knows only success and 2. With -q, however, it
# exits 1 when a target is out of date. So the run itself is a prerequisite whose lines carry "+" (done in spite of -q)
# and leaves its status in a file; the recipe of `boot` is expanded after that, and is empty, out of date or an error.
ifneq ($(filter boot,$(MAKECMDGOALS)),)
MAKEFLAGS += -q
endif
BOOT_STATUS := $(BUILD)/boot.status.$(shell echo $$PPID)
boot: boot-now ## GUESTS="file args, file args" OPTIONS= TIMEOUT=secs PLATFORM=qemu|iso|bochs: one headless run
	$(eval boot_status := $(shell cat $(BOOT_STATUS); rm -f $(BOOT_STATUS)))
	$(if $(filter-out 0 1,$(boot_status)),$(error the run ended as said above: exit status 2))$(if $(filter 1,$(boot_status)),@:)

# MAKEFLAGS and MAKELEVEL are emptied so that the build neither inherits the -q nor does without its -j.
boot-now:
	+@mkdir -p $(BUILD) && echo 2 >$(BOOT_STATUS)
	+@MAKEFLAGS= MAKELEVEL=0 $(MAKE) --no-print-directory -s $(RUN_NEEDS) host guests BUILD=$(BUILD) SOURCES=$(SOURCES) \
	    CC=$(CC) LAB=$(LAB) MINE=$(MINE) >&2 && \
	    { $(BUILD)/boot -p "$$PLATFORM" -t "$$TIMEOUT" -c "$$OPTIONS" $(RUN_IMAGE) "$$GUESTS"; \
	                      echo $$? >$(BOOT_STATUS); } || :
