"""
rl traps: the trap frame and three stacks. A trap from a guest lands in the trap page, through TSS.esp0; one from ring 0
(idle, or a bug) on the hypervisor's own stack. The order of the words is the order of the pushes in entry.S.
"""
from rl_state import (FRAME_SIZE, GATE_TRAP, PAGE_SIZE, Command, Unreadable, address_of, bare_of, current_domain,
                      current_vcpu, in_guest, number, read_bytes, read_word, register, say, symbol_at, text, variable)

FIELDS = ("gs", "fs", "es", "ds", "edi", "esi", "ebp", "(esp)", "ebx", "edx", "ecx", "eax", "vector", "error", "eip",
          "cs", "eflags", "esp", "ss")
PUSHED_BY = {"ss": "by the CPU, from the guest", "eip": "by the CPU", "error": "by the CPU, or 0 by the stub",
             "vector": "by the stub", "eax": "PUSHA, down to EDI", "ds": "entry_common, down to GS"}
VECTORS = {0: "#DE divide error", 1: "#DB debug", 2: "NMI", 3: "#BP breakpoint", 4: "#OF overflow", 6: "#UD undefined",
           7: "#NM no FPU", 8: "#DF double fault", 10: "#TS", 11: "#NP", 12: "#SS stack", 13: "#GP protection",
           14: "#PF page fault", 16: "#MF", 17: "#AC", 18: "#MC", 19: "#XM"}
FLAGS = ((0, "CF"), (2, "PF"), (4, "AF"), (6, "ZF"), (7, "SF"), (8, "TF"), (9, "IF"), (10, "DF"), (11, "OF"),
         (14, "NT"), (16, "RF"), (17, "VM"))
STACK_WORDS = 24


def vector_name(vector):
    if 32 <= vector < 48:
        return f"device interrupt IRQ{vector - 32}"
    return VECTORS.get(vector, "software or unknown")


def flag_names(flags):
    names = [name for bit, name in FLAGS if flags >> bit & 1]
    return " ".join(names + [f"IOPL={flags >> 12 & 3}"])


def frame_at(address):
    raw = read_bytes(address, FRAME_SIZE)
    return {name: int.from_bytes(raw[4 * i:4 * i + 4], "little") for i, name in enumerate(FIELDS)}


def guest_frame():
    """Where the current vcpu's registers are saved, and they as a dictionary."""
    vcpu = current_vcpu()
    if vcpu is None:
        raise Unreadable("no domain runs now, so there is no trap frame.")
    address = number(vcpu["frame"])
    return address, frame_at(address)


def annotate(name, value):
    if name == "vector":
        return f"{value}: {vector_name(value)}"
    if name == "eip":
        return symbol_at(value)
    if name == "eflags":
        return flag_names(value)
    if name in ("cs", "ss"):
        return f"ring {value & 3}"
    return ""


def show_frame(address, frame):
    for index, name in reversed(list(enumerate(FIELDS))):
        notes = "   ".join(note for note in (annotate(name, frame[name]), PUSHED_BY.get(name, "")) if note)
        where = GATE_TRAP + PAGE_SIZE - FRAME_SIZE + 4 * index
        say(f"    {where:08x} | {name:<7} {frame[name]:08x} |  {notes}".rstrip())
    say(f"             +------------------+  the same page through the direct map: {address:08x}")


class Traps(Command):
    """rl traps: the trap frame of the vcpu that runs, the hypervisor's stack and the guest's."""

    name = "traps"

    def run(self, words):
        for part in (trap_page, hypervisor_stack, guest_stack):
            try:
                part()
            except Unreadable as problem:
                say(f"  {problem}")


def trap_page():
    say("trap page (TSS.esp0 points to its top)")
    address, frame = guest_frame()
    domain = current_domain()
    say(f"  domain {number(domain['id'])} ({text(domain['name'])}): {when()}")
    show_frame(address, frame)


def when():
    if in_guest():
        return "its last trap; now the guest runs, so these are old"
    if number(variable("is_idle")):
        return "its last trap; the hypervisor is idle, and an interrupt then lands on its own stack"
    return "the trap being handled"


def hypervisor_stack():
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


def guest_stack():
    """The top words at the guest's SS:ESP, by its own memory: a bad ESP is no reason to stop."""
    guest = bare_of(current_domain())
    esp = register("esp") if in_guest() else guest_frame()[1]["esp"]
    say(f"guest's stack (ESP {esp:08x}; a flat segment is assumed)")
    for index in reversed(range(8)):
        at = esp + 4 * index
        if at + 4 > number(guest["memory_size"]):
            continue
        word = read_word(number(guest["memory"]) + at)
        mark = "  <- ESP" if index == 0 else ""
        say(f"    {at:08x} | {word:08x} |  {symbol_at(word) if word > 0xFFFF else ''}{mark}".rstrip())
    if esp + 4 > number(guest["memory_size"]):
        say("    outside the guest's memory")


Traps()
