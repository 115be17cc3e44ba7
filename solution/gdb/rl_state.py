"""
Reading the hypervisor's state from outside (the ground of all rl commands).

Whatever is read may be missing: paging may be off, a pointer may be garbage, the machine may have ended. Everything
here raises Unreadable with a sentence then, and Command turns that into a line of output. Lists are walked a bounded
number of steps, texts have a bounded length.
"""
import gdb

DIRECT_BASE = 0xF8000000
GATE_TRAP = 0xF6800000
PAGE_SIZE = 4096
FRAME_SIZE = 76
DOMAINS_MAX = 64
CR0_PG = 0x80000000


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
    """The CPU executes guest code at this moment."""
    return register("cs") & 3 == 3


def why_unreadable():
    if not is_paging_on():
        return "paging is off, so the hypervisor's addresses do not exist yet (boot.S turns it on)"
    return "nothing is mapped there"


def read_bytes(address, count):
    need_machine()
    try:
        return bytes(gdb.selected_inferior().read_memory(address & 0xFFFFFFFF, count))
    except (gdb.MemoryError, gdb.error, OverflowError):
        raise Unreadable(f"memory at {address & 0xFFFFFFFF:08x} cannot be read: {why_unreadable()}.") from None


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


def hypervisor():
    """The object file of the hypervisor: guests have symbols of the same names."""
    for objfile in gdb.objfiles():
        if objfile.lookup_global_symbol("trap_dispatch") and objfile.lookup_global_symbol("vcpu_switch_to"):
            return objfile
    raise Unreadable("the hypervisor's symbols are not loaded; say: file build/ringlet.elf")


def variable(name):
    """A variable of the hypervisor, static or not, as a gdb.Value."""
    need_machine()
    objfile = hypervisor()
    symbol = objfile.lookup_static_symbol(name) or objfile.lookup_global_symbol(name)
    if symbol is None:
        raise Unreadable(f"this hypervisor has no variable '{name}'.")
    return symbol.value()


def address_of(name):
    """Address of a symbol that need not have a type (labels of assembly and of the linker)."""
    try:
        return int(gdb.parse_and_eval(f"(unsigned long)&{name}")) & 0xFFFFFFFF
    except gdb.error:
        raise Unreadable(f"this hypervisor has no symbol '{name}'.") from None


def number(value):
    """An integer or pointer field. GDB reads memory only now, so this is where bad pointers show."""
    try:
        return int(value)
    except (gdb.MemoryError, gdb.error):
        raise Unreadable(f"memory at {place(value)} cannot be read: {why_unreadable()}.") from None


def place(value):
    try:
        return f"{int(value.address) & 0xFFFFFFFF:08x}"
    except (gdb.error, gdb.MemoryError, TypeError):
        return "an unknown address"


def text(array):
    """A char array up to its NUL; bytes that are no text are shown as escapes."""
    raw = read_bytes(int(array.address), array.type.sizeof).split(b"\0")[0]
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


def current_vcpu():
    """The vcpu that runs or ran last; None before the first."""
    vcpu = variable("current")
    return vcpu.dereference() if number(vcpu) != 0 else None


def current_domain():
    vcpu = current_vcpu()
    if vcpu is None:
        raise Unreadable("no domain runs now.")
    return vcpu["domain"].dereference()


def domain_data(domain, name):
    """This domain's copy of a PER_DOMAIN variable (floor.h)."""
    template = variable(name)
    offset = int(template.address) - address_of("__start_domain_data")
    where = (number(domain["data"]) + offset) & 0xFFFFFFFF
    return gdb.Value(where).cast(template.type.unqualified().pointer()).dereference()


def domains():
    """Pairs (domain, None), and at the end (None, sentence) when the list is damaged."""
    node, seen = variable("domains"), set()
    while number(node) != 0:
        if number(node) in seen or len(seen) == DOMAINS_MAX:
            yield None, f"the list of domains runs in a circle at {number(node):08x}."
            return
        seen.add(number(node))
        try:
            following = node["next"]
            number(following)
        except Unreadable as problem:
            yield None, f"the list of domains is damaged after {len(seen) - 1} of them: {problem}"
            return
        yield node.dereference(), None
        node = following


def find_domain(word):
    """By number or name; without a word, the one that runs."""
    if word is None:
        return current_domain()
    for domain, problem in domains():
        if problem:
            raise Unreadable(problem)
        if word in (str(number(domain["id"])), text(domain["name"])):
            return domain
    raise Unreadable(f"there is no domain '{word}'; rl domains lists them.")


def bare_of(domain):
    """The struct bare of a domain; Unreadable when it is another kind of guest."""
    guest = domain_data(domain, "bare_guest")
    if number(guest["memory"]) == 0:
        raise Unreadable(f"domain {number(domain['id'])} is not a bare guest, or is not built yet.")
    return guest
