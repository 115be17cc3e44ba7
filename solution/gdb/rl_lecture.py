"""
Playing scenes (rl_scene.py says what they are). At each stop: the note, the commands and what they print; then a person
presses Enter or types GDB commands. Without a terminal nobody is waited for, and what the scene expects is compared:
the first thing that differs ends GDB with status 1, so make test replays every scene.
"""
import os
import subprocess
import sys
import textwrap

import gdb

import rl_session
from rl_machine import Refused, guests_split
from rl_memory import say
from rl_scene import BadScene, scene_read

WIDTH = 100
SHELL_SECONDS = 100


class NotAsExpected(Exception):
    """What differs from the scene."""


def scene_paths(folder):
    names = sorted(name for name in os.listdir(folder) if name.endswith(".scene")) if os.path.isdir(folder) else []
    return {name[:-len(".scene")]: os.path.join(folder, name) for name in names}


def lecture(folder, name, image):
    paths = scene_paths(folder)
    if not paths:
        raise Refused(f"{folder} has no scenes.")
    if not name:
        for known, path in paths.items():
            say(f"{known:<20} {scene_read(path).header.get('title', '')}")
        say("Play one with SCENE=name.")
        gdb.execute("quit")
    if name not in paths:
        raise Refused(f"there is no scene '{name}'; SCENE= may be {' or '.join(paths)}.")
    try:
        play(scene_read(paths[name]), image)
    except (BadScene, NotAsExpected) as problem:
        raise Refused(str(problem)) from None
    gdb.execute("quit")


def play(scene, image):
    guests = [os.path.join(rl_session.setting("RL_GUESTS", "build/guests"), guest)
              for guest in guests_split(scene.header["guests"])]
    machine = rl_session.start(image, guests, scene.header.get("options", ""))
    say(f"{scene.header.get('title', scene.path)}: {len(scene.stops)} stops\n")
    for index, stop in enumerate(scene.stops, 1):
        say(f"--- {index}/{len(scene.stops)}  {stop.name} " + "-" * max(4, WIDTH - 12 - len(stop.name)))
        if stop.boot is not None:
            machine = boot_again(machine, image, guests, stop.boot)
        place_go(stop)
        for paragraph in stop.note.split("\n\n"):
            say(textwrap.fill(paragraph, WIDTH))
        said = "".join(command_run(kind, command) for kind, command in stop.run)
        for kind, value in stop.expected:
            compare(stop, kind, value, said, machine)
        pause()


def boot_again(machine, image, guests, options):
    gdb.execute("disconnect", to_string=True)
    machine.stop()
    say(f"(the machine is started anew, with {options})")
    return rl_session.start(image, guests, options)


def place_go(stop):
    """Lets the machine run to the stop's place."""
    if stop.at == "here":
        return
    if stop.at.startswith("stepi"):
        gdb.execute(stop.at, to_string=True)
        return
    location, _, condition = stop.at.partition(" if ")
    if location.startswith("insn "):
        location = "*" + hex(insn_find(location))
    try:
        gdb.decode_line(location)
    except gdb.error as problem:
        raise NotAsExpected(f"stop '{stop.name}': {problem}") from None
    there = gdb.Breakpoint(location, internal=True)
    there.silent = True
    if condition:
        there.condition = condition
    try:
        gdb.execute("continue", to_string=True)
    except gdb.error:
        pass  # the machine ended: said below
    reached = there.is_valid() and there.hit_count > 0
    if there.is_valid():
        there.delete()
    if not reached:
        raise NotAsExpected(f"stop '{stop.name}': the machine never comes to {stop.at}.")


def insn_find(words):
    """Address of the first such instruction: "insn out in serial_put"."""
    _, mnemonic, _, function = words.split()
    start = int(gdb.parse_and_eval(f"(unsigned long)&{function}"))
    block = gdb.block_for_pc(start)
    while block is not None and block.function is None:
        block = block.superblock
    if block is None:
        raise NotAsExpected(f"{function} has no debugging information.")
    for line in disassemble(block):
        if line["asm"].split()[0] == mnemonic:
            return line["addr"]
    raise NotAsExpected(f"{function} has no instruction '{mnemonic}'.")


def disassemble(block):
    """From the file: the guest may not be in memory yet."""
    gdb.execute("set trust-readonly-sections on")
    try:
        return gdb.selected_inferior().architecture().disassemble(block.start, block.end - 1)
    finally:
        gdb.execute("set trust-readonly-sections off")


def command_run(kind, command):
    """What it printed. A command of the shell is one that cannot hang for long."""
    say(f"({'gdb' if kind == 'run' else 'shell'}) {command}")
    try:
        said = gdb.execute(command, to_string=True) if kind == "run" else shell_run(command)
    except gdb.error as problem:
        said = f"{problem}\n"
    if said.strip():
        say(said.rstrip())
    return said


def shell_run(command):
    try:
        done = subprocess.run(command, shell=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=SHELL_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return f"it did not end within {SHELL_SECONDS} s\n"
    return done.stdout.decode("utf-8", "replace").replace("\r", "")


def compare(stop, kind, value, said, machine):
    if kind == "fact":
        try:
            holds = bool(int(gdb.parse_and_eval(value)))
        except gdb.error as problem:
            raise NotAsExpected(f"stop '{stop.name}': fact '{value}': {problem}") from None
    else:
        holds = value in (said if kind == "says" else machine.console())
    if not holds:
        raise NotAsExpected(f"stop '{stop.name}': not as the scene expects: {kind}: {value}")


def pause():
    say()
    while sys.stdin.isatty():
        gdb.write("Enter goes on; or a GDB command, or q > ")
        gdb.flush()
        line = sys.stdin.readline()
        if line.strip() in ("", "q") or not line:
            if line.strip() == "q" or not line:
                gdb.execute("quit")
            return
        try:
            gdb.execute(line)
        except gdb.error as problem:
            say(str(problem))

