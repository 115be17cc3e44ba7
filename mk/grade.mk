# make grade. build/grade-labN is the autograder of one lab: grader/core with the checks of grader/labN-*. It builds a
# submission in a scratch folder by calling make again, with SOURCE_N and BUILD there (grade.c), for two files:
#   ringlet-labN.elf      the student's floor on the reference floors below it
#   executor-labN         the student's files for the host, with grader/core/executor.c and grader/labN-*/executor_*.c
GRADED := $(patsubst lab%,%,$(foreach floor,$(wildcard grader/lab[1-9]-*),$(firstword $(subst -, ,$(notdir $(floor))))))
GRADE_CORE := $(filter-out grader/core/executor.c,$(wildcard grader/core/*.c))
GRADE_LIBRARIES := -lcmocka -lcjson -larchive -lseccomp -lutil
grade_folder = $(notdir $(firstword $(wildcard grader/lab$1-*)))
# The public interface, and headers of floors 1..N; a hand-out has the lab's own floor in labs/ only.
grade_headers = $(addprefix -I,solution/abi $(foreach k,$(wordlist 1,$1,1 2 3 4 5 6), \
    $(firstword $(wildcard solution/lab$k-* labs/lab$k-*))))

check_guests = $(patsubst grader/$1/guests/%/main.c,%,$(wildcard grader/$1/guests/*/main.c))

# What a person may set; the recipe takes these from the environment, so that quotes in them mean nothing to the shell.
SUBMISSION ?=
SEED ?=
KEEP ?=
export SUBMISSION SEED T JUNIT CSV GRADESCOPE CLASSROOM JSON KEEP
# How the build of a submission calls make (build.c).
export RINGLET_MAKE = $(MAKE) -s -k --no-print-directory CC=$(CC) SOURCES=$(SOURCES) \
    FLOORS='$(or $(LAB_FLOORS),$(FLOORS))'

.PHONY: grade grader
grader: $(GRADED:%=$(BUILD)/grade-lab%)

ifneq ($(filter grade,$(MAKECMDGOALS)),)
ifeq ($(filter $(LAB),$(GRADED)),)
$(error LAB=$(LAB): there is no such lab to grade; say LAB=N with N one of: $(GRADED))
endif
endif
grade: $(BUILD)/grade-lab$(LAB) guests ## LAB=1 [T=check] [SUBMISSION=path or "solution"] [SEED= JSON= ...]: grades it
	@env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS $(BUILD)/grade-lab$(LAB) -b $(BUILD) -s "$$SUBMISSION" -t "$$T" \
	    -S "$$SEED" -j "$$JSON" -g "$$GRADESCOPE" -c "$$CLASSROOM" -x "$$JUNIT" -v "$$CSV" -k "$$KEEP"

# The headers a check is compiled with are the course's own, whatever a submission brings.
GRADE_FLAGS = $(HOST_FLAGS) -Igrader/core -Igrader/host
$(BUILD)/grade/grader/core/%.o: grader/core/%.c $(RULES) mk/grade.mk
	@mkdir -p $(@D)
	$(call show,CC)$(CC) $(GRADE_FLAGS) -c -o $@ $<

# $(call grade_rules,N,labN-name,sources of all executors of the lab)
define grade_rules
$(BUILD)/grade/grader/$2/%.o: grader/$2/%.c $(RULES) mk/grade.mk
	@mkdir -p $$(@D)
	$$(call show,CC)$(CC) $$(GRADE_FLAGS) -Igrader/$2 $(call grade_headers,$1) -c -o $$@ $$<

$(BUILD)/grade-lab$1: \
    $(patsubst %.c,$(BUILD)/grade/%.o,$(GRADE_CORE) $(sort $(wildcard grader/$2/lab.c grader/$2/check_*.c))) \
    $(BUILD)/grader/libhost.a $(patsubst %,$(BUILD)/grader/$2/guests/%.elf,$(call check_guests,$2))
	$$(call show,LD)$(CC) -o $$@ $$(filter %.o %.a,$$^) $(GRADE_LIBRARIES)

$(BUILD)/executor/$2/%.o: grader/$2/%.c $(RULES) mk/grade.mk
	@mkdir -p $$(@D)
	@$(CC) $(HOST_FLAGS) $(SANITIZE) $$(DEFINES_$1) -Igrader/core -Igrader/$2 $$(INCLUDES_$1) -c -o $$@ $$<

$(BUILD)/executor/core/%.o: grader/core/%.c $(RULES) mk/grade.mk
	@mkdir -p $$(@D)
	@$(CC) $(HOST_FLAGS) $(SANITIZE) -c -o $$@ $$<

$(BUILD)/executor-lab$1: $(patsubst grader/%.c,$(BUILD)/executor/%.o,$(wildcard grader/$2/executor_*.c)) \
    $(BUILD)/executor/core/executor.o $$(foreach file,$3,$$(call executor_object,$1,$$(file)))
	@$(CC) $(SANITIZE) -o $$@ $$^
endef
# A source lies in the lab's own floor, which is the submission's, or in one below it.
executor_object = $(firstword $(foreach k,$1 $(wordlist 1,$1,1 2 3 4 5 6),$(if $(wildcard $(FOLDER_$k)/$2), \
    $(BUILD)/host/$(FOLDER_$k)/$(2:.c=.o))) $(BUILD)/host/$(FOLDER_$1)/$(2:.c=.o))
executor_sources = $(sort $(shell cat /dev/null $(wildcard grader/$1/executor_*.c) | \
    sed -n 's,^/\* sources: \(.*\) \*/.*,\1,p'))
$(foreach n,$(GRADED), \
    $(eval $(call grade_rules,$n,$(call grade_folder,$n),$(call executor_sources,$(call grade_folder,$n)))))

# Guests of checks: grader/labN-*/guests/<name>/main.c with what else stands there, and grader/core/guest. Those of
# lab 1 are bare kernels on guests/lib, later ones paravirtual on guests/pv. One that does not include test.h gets only
# what is needed to start: main function guest_main() or pv_main(), before anything has trapped. One with a start.S of
# its own gets not even that.
check_folder = grader/$1/guests/$2
has_test = $(shell grep -l '"test.h"' $(check_folder)/main.c)
bare_frame = $(GUEST_LIB) $(if $(has_test),guests/lib/test.c)
pv_frame = $(if $(has_test),$(PV_LIB),guests/lib/string.c $(if $(wildcard $(check_folder)/start.S),,guests/pv/start.S))
# $(call check_guest,labN-name,guest,bare or pv,lib or pv)
define check_guest
$(BUILD)/grader/$1/guests/$2.elf: \
    $(patsubst grader/%,$(BUILD)/grader/%.o,$(wildcard grader/core/guest/*.c $(check_folder)/*.[cS])) \
    $(call guest_objects,$(call $3_frame,$1,$2)) guests/$4/linker.ld
	@mkdir -p $$(@D)
	$$(call show,LD)$(LD) $(GUEST_LINK) -T guests/$4/linker.ld -o $$@ $$(filter %.o,$$^)
endef
check_guests_of = $(foreach guest,$(call check_guests,$1),$(eval $(call check_guest,$1,$(guest),$2,$3)))
$(call check_guests_of,$(call grade_folder,1),bare,lib)
$(foreach n,$(filter-out 1,$(GRADED)),$(call check_guests_of,$(call grade_folder,$n),pv,pv))

CHECK_GUEST_FLAGS = $(GUEST_FLAGS) $(GUEST_INCLUDES) -Igrader/core -Igrader/core/guest
$(foreach n,$(GRADED),$(eval $(BUILD)/grader/$(call grade_folder,$n)/guests/%.o: CHECK_GUEST_FLAGS += \
    -Igrader/$(call grade_folder,$n)))
$(foreach n,$(filter-out 1,$(GRADED)),$(eval $(BUILD)/grader/$(call grade_folder,$n)/guests/%.o: \
    GUEST_INCLUDES := $(PV_INCLUDES)))
$(BUILD)/grader/%.c.o: grader/%.c guests/guests.mk mk/grade.mk
	@mkdir -p $(@D)
	$(call show,CC)$(CC) $(CHECK_GUEST_FLAGS) -c -o $@ $<

$(BUILD)/grader/%.S.o: grader/%.S guests/guests.mk mk/grade.mk
	@mkdir -p $(@D)
	$(call show,CC)$(CC) $(CHECK_GUEST_FLAGS) -c -o $@ $<

-include $(shell find $(BUILD)/grade $(BUILD)/grader $(BUILD)/executor -name '*.d' 2>/dev/null)
