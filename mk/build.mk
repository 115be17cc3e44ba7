# Hypervisor images and host programs.
# Floors are the folders $(SOURCES)/labK-*. The image of lab N holds floors 1..N and nothing above, and floor K is
# compiled with the include paths of floors 1..K only: an upward call does not link, an upward include does not compile.
# SOURCE_K=folder takes floor K from another folder than $(SOURCES), the reference solution.
SOURCES ?= solution
FLOORS := $(sort $(notdir $(wildcard $(SOURCES)/lab[1-9]-*)))
floor_number = $(patsubst lab%,%,$(firstword $(subst -, ,$1)))
FLOOR_NUMBERS := $(foreach floor,$(FLOORS),$(call floor_number,$(floor)))
TOP_FLOOR := $(lastword $(FLOOR_NUMBERS))

KERNEL_FLAGS := -m32 -std=gnu11 -ffreestanding -O2 -g -Wall -Wextra -Werror -fno-pic -fno-pie -fno-stack-protector \
    -mno-sse -mno-mmx -mno-80387 -fno-omit-frame-pointer -fno-asynchronous-unwind-tables -mregparm=3 \
    $(if $(findstring clang,$(CC)),-mstack-alignment=4,-mpreferred-stack-boundary=2) -MMD -MP
HOST_FLAGS := -std=gnu11 -O1 -g -Wall -Wextra -Werror -MMD -MP
# gcc's sanitizers come with gcc; the clang build of the host programs is there for its warnings.
SANITIZE := $(if $(findstring clang,$(CC)),,-fsanitize=address,undefined -fno-sanitize-recover=undefined)
RULES := Makefile mk/build.mk

.PHONY: image host guests
host guests:

LINK = $(LD) -nostdlib --fatal-warnings -z noexecstack --no-warn-rwx-segments -T $(LINKER_SCRIPT)

# Two passes: the first image has an empty symbol table, the second the table made from the first. The table is the
# last section, so its size moves no code; the last line makes sure of that.
$(BUILD)/no-symbols.S: mk/symbols.awk
	@mkdir -p $(@D)
	@awk -f mk/symbols.awk </dev/null >$@

$(BUILD)/%.pass1.elf:
	$(call show,LD)$(LINK) -o $@ $(filter %.o,$^)

$(BUILD)/%.symbols.S: $(BUILD)/%.pass1.elf mk/symbols.awk
	@nm -n $< | awk -f mk/symbols.awk >$@

$(BUILD)/%.o: $(BUILD)/%.S
	@$(CC) -m32 -c -o $@ $<

$(BUILD)/ringlet-lab%.elf: $(BUILD)/ringlet-lab%.symbols.o
	$(call show,LD)$(LINK) -o $@ $(filter %.o,$^)
	@nm -n $@ | awk -f mk/symbols.awk | cmp -s - $(<:.o=.S) || \
	    { echo "$@: its symbol table moved code; .symbols must be the last section of $(LINKER_SCRIPT)." >&2; exit 1; }

# $(call floor_rules,K,name): compiles floor K and says what goes into the image of lab K. FLOOR_INCLUDES and
# FLOOR_OBJECTS grow from floor to floor.
FLOOR_INCLUDES := $(addprefix -I,$(wildcard $(SOURCES)/abi))
FLOOR_OBJECTS :=
define floor_rules
SOURCE_$1 ?= $(SOURCES)
FOLDER_$1 := $$(SOURCE_$1)/$2
FLOOR_INCLUDES := $$(FLOOR_INCLUDES) -I$$(FOLDER_$1)
INCLUDES_$1 := $$(FLOOR_INCLUDES)
INCLUDES_$2 := $$(FLOOR_INCLUDES)
DEFINES_$1 := $$(if $$(filter solution,$$(notdir $$(SOURCE_$1))),-DSOLUTION)
INCLUDES_$2 += $$(DEFINES_$1)
FLOOR_OBJECTS := $$(FLOOR_OBJECTS) $$(patsubst %,$(BUILD)/%.o,$$(wildcard $$(FOLDER_$1)/*.c $$(FOLDER_$1)/*.S))
OBJECTS_$1 := $$(FLOOR_OBJECTS)
$(BUILD)/$$(FOLDER_$1)/%.c.o: $$(FOLDER_$1)/%.c $(RULES)
	@mkdir -p $$(@D)
	$$(call show,CC)$(CC) $(KERNEL_FLAGS) $$(DEFINES_$1) $$(INCLUDES_$1) -c -o $$@ $$<
$(BUILD)/$$(FOLDER_$1)/%.S.o: $$(FOLDER_$1)/%.S $(RULES)
	@mkdir -p $$(@D)
	$$(call show,AS)$(CC) $(KERNEL_FLAGS) $$(DEFINES_$1) $$(INCLUDES_$1) -c -o $$@ $$<
$(BUILD)/ringlet-lab$1.pass1.elf: $$(OBJECTS_$1) $(BUILD)/no-symbols.o $$(LINKER_SCRIPT)
$(BUILD)/ringlet-lab$1.elf: $$(OBJECTS_$1) $$(LINKER_SCRIPT)
$(BUILD)/host/$$(FOLDER_$1)/%.o: $$(FOLDER_$1)/%.c $(RULES)
	@mkdir -p $$(@D)
	$$(call show,CC)$(CC) $(HOST_FLAGS) $(SANITIZE) $$(DEFINES_$1) $$(INCLUDES_$1) -c -o $$@ $$<
endef
LINKER_SCRIPT := $(BUILD)/ringlet.ld
$(foreach floor,$(FLOORS),$(eval $(call floor_rules,$(call floor_number,$(floor)),$(floor))))

# The linker script shares its numbers with C and assembly, so it goes through the preprocessor.
$(BUILD)/ringlet.ld: $(FOLDER_1)/ringlet.ld $(wildcard $(FOLDER_1)/layout.h)
	@mkdir -p $(@D)
	@$(CC) -E -P -x assembler-with-cpp $< >$@

IMAGES := $(patsubst %,$(BUILD)/ringlet-lab%.elf,$(FLOOR_NUMBERS))
image: $(IMAGES) $(if $(FLOORS),$(BUILD)/ringlet.elf)
	@:
$(BUILD)/ringlet.elf: $(BUILD)/ringlet-lab$(TOP_FLOOR).elf
	@cp $< $@

# Host programs: each grader/host/NAME.c of HOST_PROGRAMS has a main, the other files are a library for them and for
# the system tests.
HOST_PROGRAMS := boot bench testrun
HOST_LIBRARY := $(filter-out $(HOST_PROGRAMS:%=grader/host/%.c),$(wildcard grader/host/*.c))
host: $(HOST_PROGRAMS:%=$(BUILD)/%)

$(BUILD)/grader/host/%.o: grader/host/%.c $(RULES)
	@mkdir -p $(@D)
	$(call show,CC)$(CC) $(HOST_FLAGS) -c -o $@ $<

$(BUILD)/grader/libhost.a: $(HOST_LIBRARY:%.c=$(BUILD)/%.o)
	@rm -f $@
	@ar rcs $@ $^

$(HOST_PROGRAMS:%=$(BUILD)/%): $(BUILD)/%: $(BUILD)/grader/host/%.o $(BUILD)/grader/libhost.a
	$(call show,LD)$(CC) -o $@ $^ -lcjson -lutil

-include $(foreach k,$(FLOOR_NUMBERS),$(wildcard $(BUILD)/$(FOLDER_$k)/*.d $(BUILD)/host/$(FOLDER_$k)/*.d)) \
    $(wildcard $(BUILD)/grader/host/*.d)
