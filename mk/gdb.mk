# Debugging: gdb, record, replay, lecture. All four start GDB with the commands of solution/gdb and let it start QEMU;
# what each does is written in solution/gdb/rl_session.py. The page for users is handouts/gdb.md; students have gdb.html.
#   make gdb [LAB=N] [T=check] [GUESTS=] [OPTIONS=]   COMMANDS=file: run these instead of asking at the terminal
GDB ?= gdb
# One guest that ends by itself; the demonstration's shells would wait for a keyboard that GDB has.
DEBUG_GUEST_2 := demo-pv.elf
DEBUG_GUESTS ?= $(BUILD)/guests/$(or $(DEBUG_GUEST_$(LAB)),bare.elf)
RECORDING ?= $(BUILD)/recording
COMMANDS ?=
SCENE ?=
LECTURE_NEEDS := $(if $(filter lab$(LAB)-%,$(SOLVED_FOLDERS)),image,lab-image)
LECTURE_IMAGE := $(if $(filter image,$(LECTURE_NEEDS)),$(BUILD)/ringlet-lab$(LAB).elf,$(LAB_IMAGE))

# $(call gdb_session,MODE,IMAGE). Symbols of GDB's own configuration files could be in the way: -nx.
define gdb_session
@command -v '$(GDB)' >/dev/null || { echo "$1: gdb is missing; 'make doctor' says how to get it." >&2; exit 1; }
@'$(GDB)' -nx -batch -ex 'python pass' >/dev/null 2>&1 || \
    { echo "$1: this gdb has no Python; 'make doctor' says which package does." >&2; exit 1; }
@RL_MODE=$1 RL_IMAGE='$2' RL_FOLDER='$(RECORDING)' RL_CHECKS='$(BUILD)/grade' RL_GUESTS='$(BUILD)/guests' \
    RL_BOOT='$(BUILD)/boot' RL_CHECK='$(T)' RL_SCENE='$(SCENE)' RL_SCENES='handouts/lectures/$(LAB_FOLDER)' RL_COMMANDS='$(COMMANDS)' \
    GUESTS="$(if $(filter file default undefined,$(origin GUESTS)),$(DEBUG_GUESTS),$$GUESTS)" \
    exec '$(GDB)' -nx -q -x solution/gdb/ringlet.py -ex 'rl session'
endef

.PHONY: gdb record replay lecture
gdb: $(RUN_NEEDS) guests ## [LAB=N] [T=check]: the machine held at its first instruction, with GDB and our commands
	$(call gdb_session,gdb,$(RUN_IMAGE))

record: $(RUN_NEEDS) guests ## records one run with all that happens in it
	$(call gdb_session,record,$(RUN_IMAGE))

replay: ## the recorded run in GDB, in both directions: reverse-stepi, reverse-continue
	$(call gdb_session,replay,)

lecture: lab-needed $(LECTURE_NEEDS) host guests ## LAB=N [SCENE=name]: a walk with GDB that stops and explains; lists them
	$(call gdb_session,lecture,$(LECTURE_IMAGE))
