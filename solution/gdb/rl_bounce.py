"""
Bounce frames for rl traps: what the hypervisor pushes, or is about to push, on the stack of a ring-1 guest's kernel,
and what the iret hypercall takes from there. Layouts: abi.md 2.5 and 2.6. Composed anew here, apart from exercise 2.5,
so that a student's frame can be compared with it.
"""
from rl_memory import WORD, Unreadable, number, say, symbol_at
from rl_pv import (CALLBACKS, EXTERNAL_FLAG, FAST_VECTOR, HYPERCALL_VECTOR, IDT_FLAG, call_number, has_error)

GP, PF, NMI, MC = 13, 14, 2, 18
HYPERCALL_IRET = 23
ARCHITECTURAL_IOPL = 4
IF, IOPL = 0x200, 0x3000


class Bounce:
    """What is or was delivered: its name, the guest's handler, the names of the frame's words from ESP upward."""

    def __init__(self, what, handler, vector=None, error=None, segments=False):
        self.what, self.handler, self.vector, self.error = what, handler, vector, error
        self.has_error, self.segments = error is not None, segments

    def names(self, outer):
        names = ["ds", "es", "fs", "gs"] if self.segments else []
        names += ["error"] if self.has_error else []
        return names + ["eip", "cs", "eflags"] + (["esp", "ss"] if outer else [])


def of_vector(guest, vector, error, name):
    return Bounce(name(vector), guest.trap(vector), vector, error if has_error(vector) else None)


def of_int(guest, frame):
    """INT n comes in as #GP with the IDT bit in its error code, and has none itself; None: it was something else."""
    if frame["vector"] != GP or frame["error"] & (IDT_FLAG | EXTERNAL_FLAG) != IDT_FLAG:
        return None
    vector = frame["error"] >> 3 & 0xFF
    return Bounce(f"INT {vector:#x}", guest.trap(vector), vector)


def of_trap(guest, frame, name):
    """What a trap frame is to be bounced as. INT n needs a handler that is open to the ring."""
    called = of_int(guest, frame)
    if called is not None and called.handler and frame["cs"] & 3 <= called.handler.dpl:
        return called
    return of_vector(guest, frame["vector"] & 0xFF, frame["error"], name)


def entered(guest, registers, frame, name):
    """The Bounce whose handler begins where the guest is now; None. That of the last trap comes first."""
    here = (registers["eip"], registers["cs"] & 0xFFFF)
    for last in (of_int(guest, frame), of_vector(guest, frame["vector"] & 0xFF, frame["error"], name)):
        if last is not None and last.handler and (last.handler.eip, last.handler.cs) == here:
            return last
    for vector, handler in enumerate(guest.traps()):
        if handler and (handler.eip, handler.cs) == here:
            return Bounce(name(vector), handler, vector, 0 if has_error(vector) else None)
    for kind, what in CALLBACKS.items():
        handler = guest.callback(kind)
        if handler and (handler.eip, handler.cs) == here:
            return Bounce(f"the {what} callback", handler, segments=what == "failsafe")
    return None


def eflags_shown(guest, eflags):
    eflags &= ~(IF | IOPL)
    if guest.assists(ARCHITECTURAL_IOPL):
        eflags |= number(guest.state["iopl"]) << 12
    return eflags if guest.mask() else eflags | IF


def composed(guest, bounce, frame):
    """The words that frame_compose() should produce for this trap frame."""
    outer = frame["cs"] & 3 != 1
    values = {name: frame[name] & 0xFFFF for name in ("ds", "es", "fs", "gs", "ss")}
    values.update(eip=frame["eip"], esp=frame["esp"], error=bounce.error, eflags=eflags_shown(guest, frame["eflags"]),
                  cs=frame["cs"] & 0xFFFF | guest.mask() << 16)
    return [(name, values[name]) for name in bounce.names(outer)]


def found(guest, bounce, at):
    """The words that lie there: whether ESP and SS belong to them is told by the saved CS."""
    names, words = bounce.names(True), []
    for index, name in enumerate(names):
        if name == "esp" and dict(words)["cs"] & 3 == 1:
            break
        words.append((name, guest.word(at + 4 * index & WORD)))
    return words


def show_words(at, words, flag_names, mark="", notes=None):
    for index, (name, value) in reversed(list(enumerate(words))):
        end, words_of = mark if index == 0 else "", notes or bounce_note
        place = f"{at + 4 * index & WORD:08x}"
        say(f"    {place} | {name:<7} {value:08x} |  {words_of(name, value, flag_names)}{end}".rstrip())


RINGS = ("ring 0: never", "ring 1, the kernel", "ring 2", "ring 3, a program")


def iret_note(name, value, flag_names):
    """CS has no mask here: IF says what becomes of it."""
    if name == "eflags":
        return f"{flag_names(value)}; events {'let in' if value & IF else 'masked'} from here on"
    return RINGS[value & 3] if name == "cs" else bounce_note(name, value, flag_names)


def bounce_note(name, value, flag_names):
    if name == "cs":
        return f"{RINGS[value & 3]}; events were {'masked' if value >> 16 & 0xFF else 'let in'}"
    if name == "eip":
        return symbol_at(value)
    if name == "eflags":
        return flag_names(value)
    return f"ring {value & 3}" if name == "ss" else ""


def handler_words(handler):
    masks = ", masks events" if handler.masks else ""
    if not handler:
        return "none"
    return f"{handler} (ring {handler.cs & 3}{masks})"


def show_entered(guest, bounce, esp, ss, is_fast, flag_names):
    by = "pushed by the CPU itself, through the fast gate" if is_fast else "pushed by the hypervisor"
    say(f"bounce frame of {bounce.what}, {by}; the guest is at its handler {handler_words(bounce.handler)}")
    at = guest.linear(ss, esp)
    show_words(at, found(guest, bounce, at), flag_names, "  <- ESP")


def show_coming(guest, bounce, frame, flag_names):
    """What bounce_deliver() will do, if the trap gets that far."""
    say(f"bounce frame of {bounce.what}, if the hypervisor does not deal with it: the guest's handler is "
        f"{handler_words(bounce.handler)}")
    if not bounce.handler:
        say("    without a handler the guest will be crashed")
        return
    words = composed(guest, bounce, frame)
    if frame["cs"] & 3 == 1:
        ss, esp, where = frame["ss"], frame["esp"], "its own stack, where it was"
    else:
        ss, esp, where = number(guest.state["kernel_ss"]), number(guest.state["kernel_sp"]), "the kernel's own stack"
    esp = esp - 4 * len(words) & WORD
    at = guest.linear(ss, esp)
    say(f"  it will lie on {where}, at {ss & 0xFFFF:04x}:{esp:08x}{stack_trouble(guest, at)}")
    show_words(at, words, flag_names)


def stack_trouble(guest, at):
    walked = guest.walk(at) if at < 0xF5800000 else None
    if walked is None:
        return ", which is not mapped: the guest will be crashed"
    return "" if walked[1] & 2 else ", which is read-only: the guest will be crashed"


def show_iret(guest, frame, flag_names):
    at = guest.linear(frame["ss"], frame["esp"])
    say("frame of the iret hypercall, taken from the guest's stack")
    try:
        words = [("eax", guest.word(at))] + found(guest, Bounce("", None), at + 4 & WORD)
        show_words(at, words, flag_names, "  <- ESP at the call", iret_note)
    except Unreadable as problem:
        say(f"    {problem}")


def show_bounce(guest, registers, frame, is_running, name, flag_names):
    """`registers`: where the guest is now; `frame`: its last trap; `is_running`: it executes at this moment."""
    bounce = entered(guest, registers, frame, name)
    vector = frame["vector"]
    if bounce is not None:
        is_fast = is_running and bounce.vector == FAST_VECTOR and number(guest.state["fast_gate"]) != 0
        show_entered(guest, bounce, registers["esp"], registers["ss"], is_fast, flag_names)
    elif is_running:
        say("bounce frame: the guest is not at the first instruction of a handler, so none is known to lie at its ESP")
    elif vector == HYPERCALL_VECTOR and call_number(guest, frame)[0] == HYPERCALL_IRET:
        show_iret(guest, frame, flag_names)
    elif vector < 32 and vector not in (NMI, MC):
        show_coming(guest, of_trap(guest, frame, name), frame, flag_names)
