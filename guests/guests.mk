# Guests, from one file each: bare kernels, which also run without the hypervisor and link guests/lib, and
# paravirtual ones, which link guests/pv. Included by the top Makefile, which sets BUILD, CC and LD. A new folder
# guests/tests/<floor>/<name>/ with a main.c is a new guest; nothing to list here. Floor 1 means bare, the others not.

GUEST_FLAGS := -m32 -std=gnu11 -ffreestanding -O2 -g -Wall -Wextra -Werror -fno-pic -fno-pie -fno-stack-protector \
    -mno-sse -mno-mmx -mno-80387 -fno-omit-frame-pointer -fno-asynchronous-unwind-tables -MMD -MP
GUEST_LINK := -static -nostdlib -z max-page-size=4096 -z noexecstack --no-warn-rwx-segments

# The public interface is all that paravirtual kernels and the hypervisor share. Of guests/lib they take string.c, and
# where both libraries have a header of one name, their own comes first.
GUEST_INCLUDES := -Iguests/lib
PV_INCLUDES := -Iguests/pv -I$(firstword $(wildcard $(SOURCES)/abi) solution/abi) -Iguests/lib

guest_objects = $(patsubst guests/%,$(BUILD)/guests/%.o,$(1))
guest_sources = $(wildcard $(addprefix guests/$(1)/,*.c *.S))

# What every kernel needs, and what only tests need. (test.c defines guest_main, so it must not meet a real kernel.)
GUEST_LIB := $(filter-out guests/lib/test.c,$(call guest_sources,lib))
PV_LIB := $(call guest_sources,pv) guests/lib/string.c

# The two bare kernels differ in one file: how a critical section is entered and left.
GUEST_BARE := $(filter-out guests/bare/interrupts_cli.c,$(call guest_sources,bare))
GUEST_TESTS := $(patsubst guests/tests/%/main.c,%,$(wildcard guests/tests/*/*/main.c))
BARE_TESTS := $(filter lab1-boot/%,$(GUEST_TESTS))
PV_TESTS := $(filter-out lab1-boot/%,$(GUEST_TESTS))
BARE_IMAGES := $(BUILD)/guests/bare.elf $(BUILD)/guests/bare-popf.elf $(BUILD)/guests/bench-bare.elf \
    $(BARE_TESTS:%=$(BUILD)/guests/tests/%.elf)
# Kernels for the debugger and its lecture scenes (handouts/lectures), where no test would do: all are paravirtual.
GUEST_SCENES := $(patsubst guests/scenes/%/main.c,%,$(wildcard guests/scenes/*/main.c))
PV_IMAGES := $(BUILD)/guests/bench-pv.elf $(BUILD)/guests/bench-mmu.elf $(BUILD)/guests/demo-pv.elf $(GUEST_SCENES:%=$(BUILD)/guests/scenes/%.elf) \
    $(PV_TESTS:%=$(BUILD)/guests/tests/%.elf)
GUEST_IMAGES := $(BARE_IMAGES) $(PV_IMAGES)

.PHONY: guests
guests: $(GUEST_IMAGES)

$(BUILD)/guests/bare.elf: $(call guest_objects,$(GUEST_BARE) guests/bare/interrupts_cli.c)
$(BUILD)/guests/bare-popf.elf: $(call guest_objects,$(GUEST_BARE) $(call guest_sources,bare-popf))
$(BUILD)/guests/bench-bare.elf: $(call guest_objects,$(call guest_sources,bench-bare))
$(BUILD)/guests/bench-pv.elf: $(call guest_objects,$(call guest_sources,bench-pv))
$(BUILD)/guests/bench-mmu.elf: $(call guest_objects,$(call guest_sources,bench-mmu))
$(BUILD)/guests/demo-pv.elf: $(call guest_objects,$(call guest_sources,demo-pv))

# $(1): floor/name. All C and assembly files in the test's folder belong to it.
define guest_test
$(BUILD)/guests/tests/$(1).elf: $(call guest_objects,$(call guest_sources,tests/$(1)))
endef
$(foreach test,$(GUEST_TESTS),$(eval $(call guest_test,$(test))))
$(GUEST_SCENES:%=$(BUILD)/guests/scenes/%.elf): $(BUILD)/guests/scenes/%.elf: $(BUILD)/guests/scenes/%/main.c.o

$(BARE_TESTS:%=$(BUILD)/guests/tests/%.elf): $(call guest_objects,guests/lib/test.c)
$(BARE_IMAGES): $(call guest_objects,$(GUEST_LIB)) guests/lib/linker.ld
	@mkdir -p $(@D)
	$(call show,LD)$(LD) $(GUEST_LINK) -T guests/lib/linker.ld -o $@ $(filter %.o,$^)

$(PV_IMAGES): $(call guest_objects,$(PV_LIB)) guests/pv/linker.ld
	@mkdir -p $(@D)
	$(call show,LD)$(LD) $(GUEST_LINK) -T guests/pv/linker.ld -o $@ $(filter %.o,$^)

PV_OBJECTS := $(call guest_objects,$(call guest_sources,pv) \
    $(call guest_sources,bench-pv) $(call guest_sources,bench-mmu) $(call guest_sources,demo-pv) \
    $(foreach scene,$(GUEST_SCENES),$(call guest_sources,scenes/$(scene))) \
    $(foreach test,$(PV_TESTS),$(call guest_sources,tests/$(test))))
$(PV_OBJECTS): GUEST_INCLUDES := $(PV_INCLUDES)

$(BUILD)/guests/%.c.o: guests/%.c guests/guests.mk
	@mkdir -p $(@D)
	$(call show,CC)$(CC) $(GUEST_FLAGS) $(GUEST_INCLUDES) -c -o $@ $<

$(BUILD)/guests/%.S.o: guests/%.S guests/guests.mk
	@mkdir -p $(@D)
	$(call show,CC)$(CC) $(GUEST_FLAGS) $(GUEST_INCLUDES) -c -o $@ $<

-include $(patsubst %.o,%.d,$(sort $(PV_OBJECTS) $(call guest_objects,$(GUEST_LIB) guests/lib/test.c $(GUEST_BARE) \
    guests/bare/interrupts_cli.c $(call guest_sources,bare-popf) $(call guest_sources,bench-bare) \
    $(foreach test,$(BARE_TESTS),$(call guest_sources,tests/$(test))))))
