# make mutants. build/mutants-labN is the autograder of a lab (mk/grade.mk) with another main program, grader/mutants:
# it grades each patch of grader/labN-*/mutants laid over the solution. $(BUILD)/hostile-labN.json, where the tests of
# hostile submissions leave their summary, becomes the array "hostile" of JSON=file; they are run when it is not there.
MUTANTS_CORE := $(filter-out grader/core/grade.c,$(GRADE_CORE)) $(wildcard grader/mutants/*.c)

.PHONY: mutants
ifneq ($(filter mutants,$(MAKECMDGOALS)),)
ifeq ($(filter $(LAB),$(GRADED)),)
$(error LAB=$(LAB): there is no such lab to grade; say LAB=N with N one of: $(GRADED))
endif
endif
mutants: $(BUILD)/mutants-lab$(LAB) guests $(BUILD)/hostile-lab$(LAB).json ## LAB=1 [JSON=file]: known-wrong solutions against each check
	@env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS $(BUILD)/mutants-lab$(LAB) -b $(BUILD) -j "$$JSON" \
	    -h $(BUILD)/hostile-lab$(LAB).json

$(BUILD)/hostile-lab%.json: | $(BUILD)/grade-lab%
	$(call show,HOSTILE)$(MAKE) -s test T=hostile_submissions LAB= JSON= >$@.log 2>&1 || { tail -5 $@.log >&2; exit 1; }

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
