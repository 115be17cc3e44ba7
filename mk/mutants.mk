# make mutants. build/mutants-labN is the autograder of a lab (mk/grade.mk) with another main program, grader/mutants:
# it grades each patch of grader/labN-*/mutants laid over the solution. The summary that the tests of hostile submissions
# leave (mk/instructor.mk) becomes the array "hostile" of JSON=file; they are run when it is not there.
HOSTILE_SUMMARY := $(BUILD)/hostile-lab$(or $(LAB),1).json
MUTANTS_CORE := $(filter-out grader/core/grade.c,$(GRADE_CORE)) $(wildcard grader/mutants/*.c)

.PHONY: mutants
ifneq ($(filter mutants,$(MAKECMDGOALS)),)
ifeq ($(filter $(LAB),$(GRADED)),)
$(error LAB=$(LAB): there is no such lab to grade; say LAB=N with N one of: $(GRADED))
endif
endif
mutants: $(BUILD)/mutants-lab$(LAB) guests $(HOSTILE_SUMMARY) ## LAB=1 [JSON=file]: known-wrong solutions against each check
	@env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS $(BUILD)/mutants-lab$(LAB) -b $(BUILD) -j "$$JSON" \
	    -h $(HOSTILE_SUMMARY)

$(HOSTILE_SUMMARY): | $(GRADED:%=$(BUILD)/grade-lab%)

$(BUILD)/grade/grader/mutants/%.o: grader/mutants/%.c $(RULES) mk/grade.mk mk/mutants.mk
	@mkdir -p $(@D)
	$(call show,CC)$(CC) $(GRADE_FLAGS) -c -o $@ $<

# $(call mutants_rules,N,labN-name): the same checks and guests as make grade's.
define mutants_rules
$(BUILD)/mutants-lab$1: $(patsubst %.c,$(BUILD)/grade/%.o,$(MUTANTS_CORE) \
    $(sort $(wildcard grader/$2/lab.c grader/$2/check_*.c))) $(BUILD)/grader/libhost.a | $(BUILD)/grade-lab$1
	$$(call show,LD)$(CC) -o $$@ $$(filter %.o %.a,$$^) $(GRADE_LIBRARIES)
endef
$(foreach n,$(GRADED),$(eval $(call mutants_rules,$n,$(call grade_folder,$n))))
