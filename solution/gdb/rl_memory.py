"""
Reading the hypervisor's memory and symbols from outside (the ground of all rl commands).

Whatever is read may be missing: paging may be off, a pointer may be garbage, the machine may have ended. Everything
here raises Unreadable with a sentence then, and Command turns that into a line of output. Texts have a bounded length.

While a ring-1 guest runs, the hypervisor may not be mapped at all (isolation=paging), so GDB's own expressions about it
fail. Its image and all it allocates lie in the direct map of physical memory, and so can be read by physical address:
that is what Place does, and why no command uses gdb.Value for what lies in the hypervisor.
"""
import struct

import gdb

WORD = 0xFFFFFFFF
DIRECT_BASE = 0xF8000000
GATE_TRAP = 0xF6800000
GATE_PATHS = 0xF6801F00
GATE_TEXT = 0xF6802000
PAGE_SIZE = 4096
FRAME_SIZE = 76
CR0_PG = 0x80000000
SECTION_SYMBOLS = 2


class Unreadable(Exception):
    """What could not be read, in words."""


def say(text=""):
    gdb.write(text + "\n")


class Command(gdb.Command):
    """A command `rl NAME`. run() may raise anything: the user sees one line and keeps the session."""

    name = ""
    completion = gdb.COMPLETE_NONE

    def __init__(self):
        super().__init__("rl " + self.name, gdb.COMMAND_DATA, self.completion)

    def invoke(self, argument, from_tty):
        try:
            self.run(gdb.string_to_argv(argument))
        except Unreadable as problem:
            say(f"rl {self.name}: {problem}")
        except (gdb.error, gdb.MemoryError, RecursionError, ValueError, KeyError, TypeError) as problem:
            say(f"rl {self.name}: stopped here, because this could not be read: {problem}")

    def run(self, words):
        raise NotImplementedError


def need_machine():
    if gdb.selected_inferior().pid == 0:
        raise Unreadable("there is no machine; start one with make gdb.")


def register(name):
    """An unsigned register of the real CPU as it is now."""
    need_machine()
    try:
        value = gdb.parse_and_eval("$" + name)
        return int(value.format_string(format="x"), 16) & 0xFFFFFFFF  # CR0 and EFLAGS are no integers to GDB
    except (gdb.error, gdb.MemoryError, ValueError) as problem:
        raise Unreadable(f"register {name} cannot be read now ({problem}).") from None


def is_paging_on():
    return bool(register("cr0") & CR0_PG)


def in_guest():
    """The CPU executes guest code at this moment: in ring 3, or 1. In real mode CS is no selector."""
    return bool(register("cr0") & 1 and register("cs") & 3)


def in_gate():
    """The CPU is in the stubs or ways out (entry.S, ring.S): the current vcpu's frame is being made or taken apart."""
    return not in_guest() and GATE_TEXT <= register("eip") < GATE_TEXT + 2 * PAGE_SIZE


def read_bytes(address, count):
    """Bytes at an address of the hypervisor's, whether or not it is mapped now."""
    need_machine()
    address &= WORD
    if not is_paging_on():
        raise Unreadable(f"memory at {address:08x} cannot be read: paging is off, so the hypervisor's addresses do not "
                         "exist yet (boot.S turns it on).")
    if address < GATE_TRAP:
        raise Unreadable(f"memory at {address:08x} cannot be read: no address of the hypervisor's.")
    try:
        return bytes(gdb.selected_inferior().read_memory(address, count))
    except (gdb.MemoryError, gdb.error, OverflowError):
        if address < DIRECT_BASE:
            raise Unreadable(f"memory at {address:08x} cannot be read: nothing is mapped there.") from None
    return read_physical(address - DIRECT_BASE, count)


def read_word(address, size=4):
    return int.from_bytes(read_bytes(address, size), "little")


def read_physical(address, count):
    """Bytes by physical address, whatever is mapped: QEMU's debugging stub has a mode for that."""
    need_machine()
    try:
        gdb.execute("maintenance packet Qqemu.PhyMemMode:1", to_string=True)
        try:
            return bytes(gdb.selected_inferior().read_memory(address, count))
        finally:
            gdb.execute("maintenance packet Qqemu.PhyMemMode:0", to_string=True)
    except (gdb.MemoryError, gdb.error, OverflowError):
        raise Unreadable(f"physical memory at {address:08x} cannot be read: there is no RAM.") from None


class Place:
    """
    A typed place in the hypervisor's memory, used like a C lvalue: place["field"] (through a pointer, too), place[3],
    place.dereference(). Nothing is read before a pointer is followed or number() asks. `raw`: bytes read already.
    """

    def __init__(self, address, kind, raw=None):
        self.address, self.type, self.raw = address & WORD, kind.strip_typedefs(), raw

    def part(self, offset, kind):
        size = kind.sizeof
        return Place(self.address + offset, kind, self.raw and self.raw[offset:offset + size])

    def __getitem__(self, key):
        if self.type.code == gdb.TYPE_CODE_PTR:
            target = self.type.target()
            place = Place(number(self) + (key * target.sizeof if isinstance(key, int) else 0), target)
            return place if isinstance(key, int) else place[key]
        if isinstance(key, int):
            if self.type.code != gdb.TYPE_CODE_ARRAY or not 0 <= key <= self.type.range()[1]:
                raise Unreadable(f"this hypervisor's {self.type} has no element {key}.")
            return self.part(key * self.type.target().sizeof, self.type.target())
        try:
            field = self.type[key]
        except (KeyError, TypeError):
            raise Unreadable(f"this hypervisor's {self.type} has no field '{key}'.") from None
        return self.part(field.bitpos // 8, field.type)

    def dereference(self):
        return Place(number(self), self.type.target())

    def load(self):
        """The same with all its bytes read at once."""
        return Place(self.address, self.type, read_bytes(self.address, self.type.sizeof))


def hypervisor():
    """The object file of the hypervisor: guests have symbols of the same names."""
    for objfile in gdb.objfiles():
        if objfile.lookup_global_symbol("trap_dispatch") and objfile.lookup_global_symbol("vcpu_switch_to"):
            return objfile
    raise Unreadable("the hypervisor's symbols are not loaded; say: file build/ringlet.elf")


def symbol_of(name, file):
    """With `file`, the static of that name in it: other files may have one, too."""
    objfile = hypervisor()
    if not file:
        return objfile.lookup_static_symbol(name) or objfile.lookup_global_symbol(name)
    for symbol in gdb.lookup_static_symbols(name):
        if symbol.symtab.filename.endswith("/" + file) and symbol.symtab.objfile == objfile:
            return symbol
    return None


def has_variable(name, file=None):
    return symbol_of(name, file) is not None


def variable(name, file=None):
    """A variable of the hypervisor, static or not."""
    need_machine()
    symbol = symbol_of(name, file)
    if symbol is None:
        raise Unreadable(f"this hypervisor has no variable '{name}'.")
    value = symbol.value()
    return Place(int(value.address), value.type)


def address_of(name):
    """Address of a symbol that need not have a type (labels of assembly and of the linker)."""
    path = hypervisor().filename
    if path not in elf_symbols:
        elf_symbols[path] = elf_symbols_read(path)
    if name not in elf_symbols[path]:
        raise Unreadable(f"this hypervisor has no symbol '{name}'.")
    return elf_symbols[path][name]


elf_symbols = {}  # by file: labels by name. GDB would look for a label in the guests' files too


def elf_symbols_read(path):
    """The symbol table of a 32-bit ELF file (System V ABI, chapter 4)."""
    with open(path, "rb") as file:
        image = file.read()
    sections, size, count = struct.unpack_from("<I", image, 32)[0], *struct.unpack_from("<HH", image, 46)
    headers = [struct.unpack_from("<10I", image, sections + size * i) for i in range(count)]
    found = {}
    for _, kind, _, _, start, length, link, _, _, entry in headers:
        if kind != SECTION_SYMBOLS:
            continue
        for at in range(start, start + length, entry):
            name, value = struct.unpack_from("<II", image, at)
            name += headers[link][4]
            found[image[name:image.index(b"\0", name)].decode("ascii", "replace")] = value
    return found


def number(place):
    """What an integer or pointer field holds. A structure of one field is that field."""
    if not isinstance(place, Place):
        return int(place)
    while place.type.code == gdb.TYPE_CODE_STRUCT and len(place.type.fields()) == 1:
        place = place[place.type.fields()[0].name]
    if place.type.sizeof > 8:
        raise Unreadable(f"what lies at {place.address:08x} is no number.")
    return int.from_bytes(place.raw or read_bytes(place.address, place.type.sizeof), "little")


def text(array):
    """A char array up to its NUL; bytes that are no text are shown as escapes."""
    return printable(read_bytes(array.address, array.type.sizeof).split(b"\0")[0])


def printable(raw):
    return "".join(chr(c) if 32 <= c < 127 else f"\\x{c:02x}" for c in raw)


def symbol_at(address):
    """'name+12' for code, or ''. Never fails."""
    try:
        words = gdb.execute(f"info symbol 0x{address:x}", to_string=True).split()
    except gdb.error:
        return ""
    if not words or words[0] == "No":
        return ""
    return words[0] + (f"+{words[2]}" if len(words) > 2 and words[1] == "+" else "")
