"""
Scenes: scripted walks with GDB, as text files that a person can read and write. This file only reads them.

    # comment
    title: The life of one out
    guests: bare.elf name=bare              files below build/guests, as for make boot
    options: slice=5                        the hypervisor's options; may be left out

    stop: The guest's instruction           begins a stop; what follows belongs to it, in this order:
    boot: isolation=paging                  the machine is started anew, with these options; may be left out
    at: insn out in serial_put              where: a GDB location, perhaps "... if CONDITION"; the first instruction
                                            with that name in a function; or "stepi 2"; or "here"
    note: What to say. Longer texts go on
      in indented lines.
    run: rl emulate                         a GDB command; may be repeated
    shell: date                             a command of the shell, which finds $RL_BOOT (build/boot), $RL_IMAGE
                                            and $RL_GUESTS in its environment; may be repeated
    fact: $cs == 0xb                        a GDB expression that must be true here; may be repeated
    says: emulate_out()                     words that the output of the commands above must contain
    console: bare> help                     words that the serial line must have said by now
"""
import re

HEADER = ("title", "guests", "options")
STOP = ("boot", "at", "note", "run", "shell", "fact", "says", "console")


class BadScene(Exception):
    """A sentence with file and line."""


class Stop:
    def __init__(self, name):
        self.name, self.boot, self.at, self.note, self.run, self.expected = name, None, None, "", [], []

    def add(self, key, value):
        if key in ("at", "boot"):
            setattr(self, key, value)
        elif key == "note":
            self.note = (self.note + "\n\n" + value).strip()
        elif key in ("run", "shell"):
            self.run.append((key, value))
        else:
            self.expected.append((key, value))


class Scene:
    def __init__(self, path):
        self.path, self.header, self.stops = path, {}, []


def entries(path):
    """(line, key, value) for each entry, continuation lines joined."""
    found = []
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            if not line.strip() or line.startswith("#"):
                continue
            match = re.match(r"(\w+):\s*(.*)", line)
            if match:
                found.append([number, match.group(1), match.group(2).strip()])
            elif line[0].isspace() and found:
                found[-1][2] += " " + line.strip()
            else:
                raise BadScene(f"{path}:{number}: neither 'word: text' nor an indented line that goes on.")
    return found


def scene_read(path):
    scene = Scene(path)
    for number, key, value in entries(path):
        if key == "stop":
            scene.stops.append(Stop(value))
        elif key in HEADER and not scene.stops:
            scene.header[key] = value
        elif key in STOP and scene.stops:
            scene.stops[-1].add(key, value)
        else:
            raise BadScene(f"{path}:{number}: '{key}' is not known here; see solution/gdb/rl_scene.py.")
    for stop in scene.stops:
        if stop.at is None:
            raise BadScene(f"{path}: stop '{stop.name}' has no line 'at:'.")
    if not scene.stops or "guests" not in scene.header:
        raise BadScene(f"{path}: a scene needs 'guests:' and at least one 'stop:'.")
    return scene
