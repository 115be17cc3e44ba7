"""
What make gdb, record, replay and lecture do, and the commands rl check and rl console. mk/gdb.mk starts GDB with the
command `rl session`, which takes its orders from the environment:

    RL_MODE      gdb, record, replay or lecture     RL_IMAGE    the hypervisor
    GUESTS       "file words, file words"           OPTIONS     the hypervisor's options
    RL_FOLDER    where a recording lies             RL_CHECK    name of a check (T=)
    RL_SCENES    folder of scenes                   RL_SCENE    name of one (SCENE=)
    RL_COMMANDS  a file of GDB commands to run, after which GDB quits; without it the user types

The check file. build/grade/NAME.gdb, written by the grader when a check fails: GDB commands that stop just before it.
Leading comment lines say what to debug; anything not said is as in make gdb:

    # guests: build/guests/tests/lab1-boot/int-all.elf name=x     the guests to boot
    # options: slice=5                                            the hypervisor's options
    # image: build/labs/ringlet-lab1.elf                          another hypervisor
    # program: build/grade/executor < request                     a unit check: GDB runs this program, no machine
"""
import os
import re
import shutil
import sys

import gdb

from rl_domains import symbols_load
from rl_machine import Machine, Refused, files_check, guests_split, qemu_check
from rl_memory import Command, Unreadable, say
from rl_record import RECORD_ICOUNT, RECORD_WORDS, recording_make, recording_read, recording_run

CHECKS = "build/grade"
VERDICTS = {33: "every guest ended with success", 35: "a guest crashed, failed or was refused",
            37: "the hypervisor panicked", 39: "an exercise is not written yet"}

machine = None


class Guard(gdb.Breakpoint):
    """The last place from which the machine can be looked at."""

    def stop(self):
        say("The machine is about to switch itself off; continue lets it.")
        return True


def setting(name, default=""):
    return os.environ.get(name) or default


def refuse(sentence):
    """One line on stderr, exit status 1."""
    sys.stdout.flush()
    print(f"{setting('RL_MODE', 'gdb')}: {sentence}", file=sys.stderr, flush=True)
    gdb.execute("quit 1")


def start(image, guests, options, folder=".", **words):
    """A held machine with all symbols. `folder` is where QEMU runs; images are named from there."""
    global machine
    files_check(image, guests, folder)
    qemu_check()
    gdb.execute(f"file {os.path.join(folder, image)}", to_string=True)
    machine = Machine(image, guests, options, folder=folder, **words)
    guests_symbols([os.path.normpath(os.path.join(folder, guest.split()[0])) for guest in guests])
    return machine


def guests_symbols(files):
    """Those of the first guest: others may lie at the same addresses."""
    for index, file in enumerate(files):
        if index == 0:
            symbols_load(file)
        elif file != files[0]:
            say(f"{file} lies where {files[0]} does, whose symbols are loaded; rl symbols {index} {file} changes over.")


def check_file(name):
    if not re.fullmatch(r"[\w.-]+", name):
        raise Refused(f"T={name}: that is no name of a check; make grade lists them.")
    path = os.path.join(setting("RL_CHECKS", CHECKS), name + ".gdb")
    if not os.path.isfile(path):
        raise Refused(f"T={name}: {path} does not exist; make grade T={name} writes it when the check fails.")
    return path


def check_header(path):
    """The leading comments of a check file, as a dictionary."""
    found = {}
    with open(path, encoding="utf-8") as file:
        for line in file:
            match = re.match(r"#\s*(guests|options|image|program):\s*(.*)", line)
            if match:
                found[match.group(1)] = match.group(2).strip()
            elif not line.startswith("#"):
                break
    return found


class Check(Command):
    """rl check NAME: goes to the place just before check NAME failed (make gdb T=NAME does it for you)."""

    name = "check"

    def run(self, words):
        if len(words) != 1:
            say("rl check: say rl check NAME; make grade lists the names.")
            return
        try:
            gdb.execute(f"source {check_file(words[0])}")
        except Refused as problem:
            say(f"rl check: {problem}")


class Console(Command):
    """rl console: what the serial line said so far."""

    name = "console"

    def run(self, words):
        said = machine.console() if machine else ""
        say(said.rstrip() if said else "rl console: nothing has been said yet.")


def program_start(words):
    program, _, rest = words.partition(" ")
    if not os.path.isfile(program):
        raise Refused(f"{program} does not exist; make grade builds it.")
    gdb.execute(f"file {program}", to_string=True)
    gdb.execute(f"set args {rest}")


def debug():
    check = setting("RL_CHECK")
    path = check_file(check) if check else None
    header = check_header(path) if path else {}
    if "program" in header:
        program_start(header["program"])
    else:
        start(header.get("image", setting("RL_IMAGE")), guests_split(header.get("guests", setting("GUESTS"))),
              header.get("options", setting("OPTIONS")), live=sys.__stdout__.isatty())
        Guard("machine_off", internal=True)
        say("The machine stands at its first instruction; it will stop once more before it switches itself off.\n"
            "break, continue, stepi are GDB's own; rl help lists ours.")
    if path:
        gdb.execute(f"source {path}")
    commands_run()


def commands_run():
    if setting("RL_COMMANDS"):
        gdb.execute(f"source {setting('RL_COMMANDS')}")
        gdb.execute("quit")


def record():
    folder, image, guests = setting("RL_FOLDER"), setting("RL_IMAGE"), guests_split(setting("GUESTS"))
    files_check(image, guests)
    qemu_check()
    fresh = folder + ".new"
    shutil.rmtree(fresh, ignore_errors=True)
    try:
        recording_make(fresh, image, guests, setting("OPTIONS"))
        code = recording_run(fresh, float(setting("TIMEOUT", "60")))
        shutil.rmtree(folder, ignore_errors=True)
        os.rename(fresh, folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    verdict = VERDICTS.get(code, f"QEMU ended with {code}")
    say(f"record: {verdict}; make replay goes through this run in both directions")
    gdb.execute("quit")


def replay():
    folder = setting("RL_FOLDER")
    if not os.path.isfile(f"{folder}/session.json"):
        raise Refused(f"there is no recording in {folder}; make record makes one.")
    image, guests, options = recording_read(folder)
    start(image, guests, options, folder=folder, icount=RECORD_ICOUNT.format("replay"), more=RECORD_WORDS,
          live=sys.__stdout__.isatty())
    Guard("machine_off", internal=True)
    say(f"Replaying the run in {folder}. Besides continue and stepi there are reverse-continue and reverse-stepi;\n"
        "the machine will stop before it switches itself off.")
    commands_run()


def lecture():
    import rl_lecture
    rl_lecture.lecture(setting("RL_SCENES"), setting("RL_SCENE"), setting("RL_IMAGE"))


class Session(Command):
    """rl session: begins what make gdb, record, replay or lecture asked for."""

    name = "session"

    def run(self, words):
        commands = setting("RL_COMMANDS")
        if commands and not os.path.exists(commands):
            refuse(f"{commands} does not exist; COMMANDS= names a file of GDB commands.")
        modes = {"gdb": debug, "record": record, "replay": replay, "lecture": lecture}
        for line in ("confirm off", "pagination off", "width 0", "print thread-events off"):
            gdb.execute("set " + line)
        try:
            modes[setting("RL_MODE", "gdb")]()
        except (Refused, Unreadable, gdb.error) as problem:
            refuse(problem)
        except OSError as problem:
            refuse(f"{problem.filename or 'the system'}: {problem.strerror}.")


Check()
Console()
Session()
