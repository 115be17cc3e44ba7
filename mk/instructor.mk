# What an instructor types: handout, gradescope, grade-all. Archives for others are made of mk/course-tree, the list of
# what one lab needs outside this tree. Students' archives have no copy of this file.
OUT ?=
SUBMISSIONS ?=
JOBS ?=
AUDIT ?=
FORCE ?=
export OUT SUBMISSIONS JOBS AUDIT FORCE

.PHONY: handout gradescope grade-all
PAGES_GIVEN := $(filter lab$(LAB)-% gdb,$(patsubst handouts/%.md,%,$(wildcard handouts/*.md)))
PAPERS_GIVEN := $(PAGES_GIVEN:%=$(BUILD)/handouts/%.html) $(PAGES_GIVEN:%=$(BUILD)/handouts/%.pdf)
handout: lab-needed $(PAPERS_GIVEN) ## LAB=N OUT=folder: the archive for students
	@mk/handout $(LAB) $(BUILD)/handouts "$${OUT:-$(BUILD)}"

gradescope: lab-needed ## LAB=N OUT=folder [SEED=n]: autograder.zip for Gradescope
	@mk/gradescope $(LAB) "$${OUT:-$(BUILD)}" "$$SEED"

$(BUILD)/grader/instructor/%.o: grader/instructor/%.c $(RULES) mk/instructor.mk
	@mkdir -p $(@D)
	$(call show,CC)$(CC) $(HOST_FLAGS) -Igrader/host -c -o $@ $<

$(BUILD)/grade-all: $(patsubst %.c,$(BUILD)/%.o,$(wildcard grader/instructor/*.c)) $(BUILD)/grader/libhost.a
	$(call show,LD)$(CC) -o $@ $^ -lcjson -lutil

grade-all: lab-needed $(BUILD)/grade-all grader guests ## LAB=N SUBMISSIONS=folder [JOBS=4 AUDIT=1 FORCE=1 OUT=]: a class
	@env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS $(BUILD)/grade-all -l $(LAB) -b $(BUILD) -j "$$JOBS" -o "$$OUT" \
	    -S "$$SEED" \
	    $(if $(filter 1,$(AUDIT)),-a) $(if $(filter 1,$(FORCE)),-f) -- "$$SUBMISSIONS"

-include $(wildcard $(BUILD)/grader/instructor/*.d)

# Tests call make on this very tree, two at a time: what they share is there before.
test-programs: grader $(BUILD)/grade-all

# What hostile submissions came to, for make mutants: written by their test.
$(foreach n,$(GRADED),$(BUILD)/hostile-lab$n.json): $(BUILD)/system/test_hostile_submissions
	@$<
