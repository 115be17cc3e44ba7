# Guests: kernels that run bare or under the hypervisor, from one file each. Included by the top Makefile, which sets
# BUILD, CC and LD. A new folder guests/tests/<floor>/<name>/ with a main.c is a new guest; nothing to list here.

GUEST_FLAGS := -m32 -std=gnu11 -ffreestanding -O2 -g -Wall -Wextra -Werror -fno-pic -fno-pie -fno-stack-protector \
    -mno-sse -mno-mmx -mno-80387 -fno-omit-frame-pointer -fno-asynchronous-unwind-tables -Iguests/lib -MMD -MP
GUEST_LINK := -static -nostdlib -z max-page-size=4096 -z noexecstack --no-warn-rwx-segments -T guests/lib/linker.ld

guest_objects = $(patsubst guests/%,$(BUILD)/guests/%.o,$(1))
guest_sources = $(wildcard $(addprefix guests/$(1)/,*.c *.S))

# What every kernel needs, and what only tests need. (test.c defines guest_main, so it must not meet a real kernel.)
GUEST_LIB := $(filter-out guests/lib/test.c,$(call guest_sources,lib))

# The two bare kernels differ in one file: how a critical section is entered and left.
GUEST_BARE := $(filter-out guests/bare/interrupts_cli.c,$(call guest_sources,bare))
GUEST_TESTS := $(patsubst guests/tests/%/main.c,%,$(wildcard guests/tests/*/*/main.c))
GUEST_IMAGES := $(BUILD)/guests/bare.elf $(BUILD)/guests/bare-popf.elf $(BUILD)/guests/bench-bare.elf \
    $(GUEST_TESTS:%=$(BUILD)/guests/tests/%.elf)

.PHONY: guests
guests: $(GUEST_IMAGES)

$(BUILD)/guests/bare.elf: $(call guest_objects,$(GUEST_BARE) guests/bare/interrupts_cli.c)
$(BUILD)/guests/bare-popf.elf: $(call guest_objects,$(GUEST_BARE) $(call guest_sources,bare-popf))
$(BUILD)/guests/bench-bare.elf: $(call guest_objects,$(call guest_sources,bench-bare))

# $(1): floor/name. All C and assembly files in the test's folder belong to it.
define guest_test
$(BUILD)/guests/tests/$(1).elf: $(call guest_objects,$(call guest_sources,tests/$(1)) guests/lib/test.c)
endef
$(foreach test,$(GUEST_TESTS),$(eval $(call guest_test,$(test))))

$(GUEST_IMAGES): $(call guest_objects,$(GUEST_LIB)) guests/lib/linker.ld
	@mkdir -p $(@D)
	$(call show,LD)$(LD) $(GUEST_LINK) -o $@ $(filter %.o,$^)

$(BUILD)/guests/%.c.o: guests/%.c guests/guests.mk
	@mkdir -p $(@D)
	$(call show,CC)$(CC) $(GUEST_FLAGS) -c -o $@ $<

$(BUILD)/guests/%.S.o: guests/%.S guests/guests.mk
	@mkdir -p $(@D)
	$(call show,CC)$(CC) $(GUEST_FLAGS) -c -o $@ $<

-include $(patsubst %.o,%.d,$(sort $(call guest_objects,$(GUEST_LIB) guests/lib/test.c $(GUEST_BARE) \
    guests/bare/interrupts_cli.c $(call guest_sources,bare-popf) $(call guest_sources,bench-bare) \
    $(foreach test,$(GUEST_TESTS),$(call guest_sources,tests/$(test))))))
