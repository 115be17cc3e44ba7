# make test. Unit tests: grader/unit/FLOOR/test_*.c, each one cmocka program that names what it needs in its own text:
#   /* sources: decode.c decode_table.c */   files of its folder, its floor ("host": grader/host), the floors below it
#                                            with their folders here, or grader/unit
#   /* libs: -lcapstone */                   further libraries
# System tests: grader/system/test_*.c, linked with the other files of that folder and the library of grader/host.
# Checks are plain commands.
# build/testrun runs them all, two at a time, and counts.
UNIT_TESTS := $(patsubst grader/unit/%.c,$(BUILD)/unit/%,$(wildcard grader/unit/*/test_*.c))
SYSTEM_LIBRARY := $(filter-out grader/system/test_%,$(wildcard grader/system/*.c)) $(HOST_LIBRARY)
SYSTEM_TESTS := $(patsubst grader/system/%.c,$(BUILD)/system/%,$(wildcard grader/system/test_*.c))
# Images for tests of the floor mechanism: floor 1 and one file of grader/system/floors as the floors above it.
FLOOR_IMAGES := $(patsubst grader/system/%.c,$(BUILD)/%.elf,$(wildcard grader/system/floors/*.c))
TEST_FLAGS := $(HOST_FLAGS) $(SANITIZE) -DBUILD_FOLDER='"$(BUILD)"' -Igrader/unit -Igrader/host -Isolution/abi
# A test writes its name here to be run alone: make test T=decode
T ?=

.PHONY: test test-programs
test-programs: $(UNIT_TESTS) $(SYSTEM_TESTS) $(FLOOR_IMAGES)

# A test that does not build must not hide the others: -k goes on, and a program that is missing counts as failed.
test: $(BUILD)/testrun ## every test; T=word only those with word in their name
	-@$(MAKE) -k --no-print-directory image host guests grader test-programs
	@$(BUILD)/testrun -o $(BUILD)/test -t '$(T)' $(SYSTEM_TESTS) $(UNIT_TESTS) \
	    'build=$(MAKE) -s --no-print-directory all grader test-programs' \
	    'clang=$(MAKE) -s --no-print-directory CC=clang BUILD=$(BUILD)/clang all grader test-programs' \
	    'labs=$(MAKE) -s --no-print-directory labs-check' \
	    'interface=grader/abi/check' \
	    'interface-mutants=grader/abi/check-mutants' \
	    'shellcheck=shellcheck setup/doctor .ci/run mk/labs-derive mk/handin mk/handout mk/gradescope mk/course-tree \
	        grader/instructor/gradescope/* grader/hostile/make-class grader/hostile/machine/make-student \
	        grader/abi/check*'

# The same as in make test, longer.
.PHONY: fuzz
fuzz: export SEEDS := $(or $(SEEDS),1 2 3 4 5)
fuzz: export CALLS := $(or $(CALLS),1000000)
FUZZER := $(if $(filter 2,$(LAB)),$(BUILD)/system/test_pv_hostile)
fuzz: $(if $(FUZZER),image host guests $(FUZZER)) ## LAB=2 [SEEDS="1 2 3" CALLS=1000000]: random hypercalls
	@$(or $(FUZZER),echo "make: fuzz: say LAB=2, the lab that has hypercalls." >&2; exit 1)

# Every sequence of page-table operations on four frames that SECONDS of CPU time allow; make test takes 5.
.PHONY: model
model: $(BUILD)/unit/lab3-mmu/test_frame_model ## [SECONDS=60]: the page-table validator against its model, exhaustively
	@MODEL_SECONDS=$(or $(SECONDS),60) $<

$(BUILD)/floors/%.o: grader/system/floors/%.c $(RULES) mk/tests.mk
	@mkdir -p $(@D)
	$(call show,CC)$(CC) $(KERNEL_FLAGS) $(INCLUDES_1) -c -o $@ $<

$(FLOOR_IMAGES:%.elf=%.pass1.elf): %.pass1.elf: %.o $(OBJECTS_1) $(BUILD)/no-symbols.o $(LINKER_SCRIPT)

$(FLOOR_IMAGES): %.elf: %.o $(OBJECTS_1) %.symbols.o $(LINKER_SCRIPT)
	$(call show,LD)$(LINK) -o $@ $(filter %.o,$^)

include_folders = $(INCLUDES_$1)
unit_name = $(firstword $(subst /, ,$1))
unit_words = $(shell sed -n 's,^/\* $2: \(.*\) \*/.*,\1,p' grader/unit/$1.c)
# $(call floors_down,FLOOR,$(FLOORS)): it and those below it, downward. $(call unit_find,FLOOR,FILE): its own come first.
all_but_last = $(wordlist 2,$(words $1),x $1)
reversed = $(if $1,$(lastword $1) $(call reversed,$(call all_but_last,$1)))
floors_down = $(if $(filter-out $1,$(lastword $2)),$(call floors_down,$1,$(call all_but_last,$2)),$(or $(call reversed,$2),$1))
unit_places = $(foreach floor,$(call floors_down,$1,$(FLOORS)),grader/unit/$(floor)/$2 $(SOURCES)/$(floor)/$2)
unit_find = $(firstword $(wildcard $(call unit_places,$1,$2) grader/$1/$2 grader/unit/$2) $2-is-nowhere)
unit_sources = $(foreach file,$(call unit_words,$1,sources),$(call unit_find,$(call unit_name,$1),$(file)))
unit_objects = $(patsubst %.c,$(BUILD)/host/%.o,$(call unit_sources,$1))

.SECONDEXPANSION:
$(UNIT_TESTS): $(BUILD)/unit/%: $(BUILD)/host/grader/unit/%.o $$(call unit_objects,$$*)
	@mkdir -p $(@D)
	$(call show,LD)$(CC) $(SANITIZE) -o $@ $^ $(call unit_words,$*,libs) -lcmocka

$(SYSTEM_TESTS): $(BUILD)/system/%: $(BUILD)/host/grader/system/%.o $(SYSTEM_LIBRARY:%.c=$(BUILD)/host/%.o)
	@mkdir -p $(@D)
	$(call show,LD)$(CC) $(SANITIZE) -o $@ $^ -lcmocka -lcjson -lutil

$(BUILD)/host/grader/%.o: grader/%.c $(RULES) mk/tests.mk
	@mkdir -p $(@D)
	$(call show,CC)$(CC) $(TEST_FLAGS) $(INCLUDES_$(call unit_name,$(patsubst grader/unit/%,%,$<))) -c -o $@ $<

-include $(shell find $(BUILD)/host/grader $(BUILD)/floors -name '*.d' 2>/dev/null)
.SECONDARY:
