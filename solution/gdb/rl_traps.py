"""
rl traps: the trap frame and three stacks. A trap from a guest lands in the trap page, through TSS.esp0; one from ring 0
(idle, or a bug) on the hypervisor's own stack. The order of the words is the order of the pushes in entry.S. For ring-1
guests there is a second frame, on the guest's own stack (rl_bounce.py).
"""
from rl_bounce import entered, show_bounce
from rl_memory import (FRAME_SIZE, GATE_PATHS, GATE_TRAP, PAGE_SIZE, WORD, Command, Unreadable, address_of, in_gate,
                       in_guest, number, read_bytes, read_word, register, say, symbol_at, variable)
from rl_pv import HYPERCALL_VECTOR, pv_of
from rl_state import bare_of, current_domain, find_domain, title

FIELDS = ("gs", "fs", "es", "ds", "edi", "esi", "ebp", "(esp)", "ebx", "edx", "ecx", "eax", "vector", "error", "eip",
          "cs", "eflags", "esp", "ss")
PUSHED_BY = {"ss": "by the CPU, from the guest", "eip": "by the CPU", "error": "by the CPU, or 0 by the stub",
             "vector": "by the stub", "eax": "PUSHA, down to EDI"}
LIVE = ("eax", "ebx", "ecx", "edx", "esi", "edi", "ebp", "esp", "eip", "eflags", "cs", "ss", "ds", "es", "fs", "gs")
VECTORS = {0: "#DE divide error", 1: "#DB debug", 2: "NMI", 3: "#BP breakpoint", 4: "#OF overflow", 6: "#UD undefined",
           7: "#NM no FPU", 8: "#DF double fault", 10: "#TS", 11: "#NP", 12: "#SS stack", 13: "#GP protection",
           14: "#PF page fault", 16: "#MF", 17: "#AC", 18: "#MC", 19: "#XM"}
FLAGS = ((0, "CF"), (2, "PF"), (4, "AF"), (6, "ZF"), (7, "SF"), (8, "TF"), (9, "IF"), (10, "DF"), (11, "OF"),
         (14, "NT"), (16, "RF"), (17, "VM"))
STACK_WORDS = 24


def vector_name(vector):
    if 32 <= vector < 48:
        return f"device interrupt IRQ{vector - 32}"
    if vector == HYPERCALL_VECTOR:
        return "hypercall"
    return VECTORS.get(vector, "software or unknown")


def vector_words(vector):
    return f"{vector}: {vector_name(vector)}"


def flag_names(flags):
    names = [name for bit, name in FLAGS if flags >> bit & 1]
    return " ".join(names + [f"IOPL={flags >> 12 & 3}"])


def frame_at(address):
    raw = read_bytes(address, FRAME_SIZE)
    return {name: int.from_bytes(raw[4 * i:4 * i + 4], "little") for i, name in enumerate(FIELDS)}


def guest_frame(domain):
    """Where the registers of a domain's virtual CPU are saved, and they as a dictionary."""
    address = number(domain["vcpu"][0]["frame"])
    return address, frame_at(address)


def is_current(domain):
    try:
        return current_domain().address == domain.address
    except Unreadable:
        return False


def registers_now(domain):
    """Those of the CPU while this guest executes, else the saved ones; with vector and error of its last trap."""
    frame = guest_frame(domain)[1]
    if in_guest() and is_current(domain):
        frame.update({name: register(name) for name in LIVE})
    return frame


def annotate(name, value):
    if name == "vector":
        return vector_words(value)
    if name == "eip":
        return symbol_at(value)
    if name == "eflags":
        return flag_names(value)
    if name in ("cs", "ss"):
        return f"ring {value & 3}"
    return ""


def way_in(vector):
    """The code that has saved the registers: the stubs' common way (GATE_PATHS), or the hypercalls' own (ring.S)."""
    try:
        name = symbol_at(read_word(GATE_PATHS))
    except Unreadable:
        name = ""
    if vector == HYPERCALL_VECTOR and name:
        return "ring_paged_hypercall_in" if name == "ring_paged_in" else "ring_hypercall_in"
    return name or "the entry code"


def show_frame(address, frame):
    pushed_by = dict(PUSHED_BY, ds=f"{way_in(frame['vector'])}, down to GS")
    for index, name in reversed(list(enumerate(FIELDS))):
        notes = "   ".join(note for note in (annotate(name, frame[name]), pushed_by.get(name, "")) if note)
        where = GATE_TRAP + PAGE_SIZE - FRAME_SIZE + 4 * index
        say(f"    {where:08x} | {name:<7} {frame[name]:08x} |  {notes}".rstrip())
    say(f"             +------------------+  the same page through the direct map: {address:08x}")


class Traps(Command):
    """rl traps [DOMAIN]: the trap frame of a guest, the hypervisor's stack, the guest's, and its bounce frame."""

    name = "traps"

    def run(self, words):
        domain = find_domain(words[0]) if words else None
        for part in (trap_page, hypervisor_stack, guest_stack, bounce_frame):
            try:
                part(domain or current_domain())
            except Unreadable as problem:
                say(f"  {problem}")


def trap_page(domain):
    say("trap page (TSS.esp0 points to its top)")
    address, frame = guest_frame(domain)
    say(f"  {title(domain)}: {when(domain)}")
    guest = pv_of(domain)
    if guest is not None:
        bounced = entered(guest, frame, frame, vector_words)
        say(f"  {'it has been bounced, and now leads to' if bounced else 'it is from'} {origin(frame)}")
    show_frame(address, frame)


def origin(frame):
    return {0: "ring 0", 1: "ring 1, the guest's kernel", 2: "ring 2", 3: "ring 3, a program of the guest's"}[
        frame["cs"] & 3]


def when(domain):
    if not is_current(domain):
        return "its last trap; another domain is the current one"
    if in_guest():
        return "its last trap; now the guest runs, so these are old"
    if in_gate():
        return "the CPU is just making it, or taking it apart: parts of it may be old"
    if number(variable("is_idle")):
        return "its last trap; the hypervisor is idle, and an interrupt then lands on its own stack"
    return "the trap being handled"


def hypervisor_stack(domain):
    top, esp = address_of("stack_top"), register("esp")
    say(f"hypervisor's stack (top {top:08x})")
    if in_guest():
        say("  empty: the guest runs, and each trap starts at the top again")
        return
    if not top - 4 * PAGE_SIZE <= esp <= top:
        say(f"  ESP is {esp:08x}, on another stack: {where_is(esp)}")
        return
    shown = min(STACK_WORDS, (top - esp) // 4)
    if shown < (top - esp) // 4:
        say(f"    ... {(top - esp) // 4 - shown} words between here and the top are not shown")
    for index in reversed(range(shown)):
        word = read_word(esp + 4 * index)
        code = symbol_at(word) if 0xF6802000 <= word < 0xF6804000 or word >= 0xF8100000 else ""
        mark = "  <- ESP" if index == 0 else ""
        say(f"    {esp + 4 * index:08x} | {word:08x} |  {code}{mark}".rstrip())


def where_is(esp):
    if GATE_TRAP <= esp <= GATE_TRAP + PAGE_SIZE:
        return "the trap page, while the stub is saving or restoring registers"
    return symbol_at(esp) or "nothing known"


def guest_stack(domain):
    """The top words at the guest's SS:ESP, by its own memory: a bad ESP is no reason to stop."""
    guest, registers = pv_of(domain), registers_now(domain)
    esp = registers["esp"]
    if guest is not None and not in_guest() and registers["cs"] & 3 == 0:
        raise Unreadable("the guest's stack is not known: its frame is not complete.")
    say(f"guest's stack (SS:ESP {registers['ss'] & 0xFFFF:04x}:{esp:08x}"
        + (")" if guest is not None else "; a flat segment is assumed)"))
    read = guest_reader(domain, guest, registers)
    for index in reversed(range(8)):
        at = esp + 4 * index & WORD
        try:
            word = read(at)
        except Unreadable as problem:
            if index == 0:
                say(f"    {problem}")
            continue
        mark = "  <- ESP" if index == 0 else ""
        say(f"    {at:08x} | {word:08x} |  {symbol_at(word) if word > 0xFFFF else ''}{mark}".rstrip())


def guest_reader(domain, guest, registers):
    """A function from a stack offset to the word there."""
    if guest is not None:
        return lambda at: guest.word(guest.linear(registers["ss"], at))
    bare = bare_of(domain)
    size, memory = number(bare["memory_size"]), number(bare["memory"])

    def read(at):
        if at + 4 > size:
            raise Unreadable(f"address {at:08x} is outside the guest's memory")
        return read_word(memory + at)
    return read


def bounce_frame(domain):
    guest = pv_of(domain)
    if guest is None:
        return
    running = in_guest() and is_current(domain)
    show_bounce(guest, registers_now(domain), guest_frame(domain)[1], running, vector_words, flag_names)


Traps()
