"""
GDB commands for Ringlet, all with the prefix rl. Loaded by mk/gdb.mk with `gdb -x`; needs GDB 10 or newer with Python.

    ringlet.py      this file: the prefix, rl help, loading the rest
    rl_memory.py    reading the hypervisor's memory without ever failing: what all commands stand on
    rl_state.py     its domains and virtual CPUs
    rl_domains.py   rl domains, rl symbols        rl_traps.py    rl_bounce.py   rl traps
    rl_vcpu.py      rl_vcpu_pv.py   rl vcpu       rl_pt.py       rl pt
    rl_decode.py    rl_emulate.py   rl_emulate_pv.py   rl emulate
    rl_pv.py        ring-1 guests: state, memory, handlers
    rl_calls.py     rl_hypercalls.py   rl hypercalls
    rl_values.py    $rl_guest() and $rl_frame()
    rl_machine.py   starting QEMU                 rl_session.py  what make gdb, record, replay and lecture do
    rl_record.py    recordings                    rl_lecture.py  rl_scene.py  scenes

Invariant: a command only looks. It calls no function of the hypervisor and changes no register or memory; what it
cannot read, it says.
"""
import os
import sys

import gdb

sys.dont_write_bytecode = True  # the source tree may be read-only, and is no place for caches
FOLDER = os.path.dirname(os.path.abspath(__file__))
if FOLDER not in sys.path:
    sys.path.insert(0, FOLDER)

from rl_memory import Command, say  # noqa: E402

LEAST_GDB = 10
HELP = """\
rl domains               all domains: state, memory, why they ended
rl vcpu [brief] [DOMAIN] the real CPU beside the one the guest believes in, and its devices
rl traps [DOMAIN]        the trap frame, the hypervisor's stack, the guest's stack, a ring-1 guest's bounce frame
rl hypercalls            what the floors offer, and what each ring-1 guest called last
rl hypercalls CALL [DOMAIN]   stops there on that hypercall: a number, a name, or all
rl emulate               the trapped instruction, and what the hypervisor will do about it
rl pt ADDRESS [DOMAIN]   a walk through the page tables, and who may touch the page
rl symbols DOMAIN FILE   loads the symbols of a guest
rl console               what the serial line said so far
rl check NAME            goes to the place just before check NAME failed
rl help                  this list
$rl_guest("FIELD")       in expressions: a field of the guest that runs, as "pic.master.mask" (struct bare)
                         or "kernel_sp", "traps.13.eip" (struct pv_vcpu)
$rl_frame("FIELD")       in expressions: one of its saved registers, as "eip"
A star marks what runs now. DOMAIN is a number or a name; without it, the one that runs."""


class Prefix(gdb.Command):
    """Commands for the Ringlet hypervisor; rl help lists them."""

    def __init__(self):
        super().__init__("rl", gdb.COMMAND_DATA, gdb.COMPLETE_NONE, True)

    def invoke(self, argument, from_tty):
        word = argument.split()[0] if argument.split() else ""
        say(f"rl: no command '{word}'; rl help lists them." if word else HELP)


class Help(Command):
    """rl help: the list of commands."""

    name = "help"

    def run(self, words):
        say(HELP)


def load():
    if int(gdb.VERSION.split(".")[0]) < LEAST_GDB:
        print(f"gdb is too old ({gdb.VERSION}); version {LEAST_GDB} or newer is needed, "
              "'make doctor' says how to get it.", file=sys.stderr, flush=True)
        gdb.execute("quit 1")
    Prefix()
    Help()
    import rl_domains  # noqa: F401  each registers its commands
    import rl_traps  # noqa: F401
    import rl_vcpu  # noqa: F401
    import rl_pt  # noqa: F401
    import rl_emulate  # noqa: F401
    import rl_hypercalls  # noqa: F401
    import rl_values  # noqa: F401
    import rl_session  # noqa: F401


load()
