"""
rl hypercalls: what the floors of this image offer, what each ring-1 guest called last, and breakpoints on one call of
one domain. Calls are looked at where they come in, at ring_hypercall(), so it works while that is not written yet.
"""
import gdb

from rl_calls import NAMES, call_words, details, entries, name_of
from rl_memory import Command, Unreadable, address_of, in_guest, number, register, say, symbol_at, text, variable
from rl_pv import HYPERCALL_VECTOR, call_number, pv_of
from rl_state import current_domain, domains, find_domain, title
from rl_traps import frame_at, guest_frame, is_current, origin

ARGUMENT_REGISTERS = ("ebx", "ecx", "edx", "esi", "edi", "ebp")
DOOR = "ring_hypercall"
MULTICALL, LOOKED_AT = 13, 64  # entries of a list


class CallStop(gdb.Breakpoint):
    """Stops on hypercall `wanted` (None: on any) of the domain with the number or name `domain` (None: of any)."""

    def __init__(self, wanted, domain):
        super().__init__("*" + DOOR)
        self.wanted, self.domain = wanted, domain

    def stop(self):
        """At its first instruction: the frame's address is in EAX (-mregparm=3)."""
        try:
            domain, frame = current_domain(), frame_at(register("eax"))
            if self.domain not in (None, str(number(domain["id"])), text(domain["name"])):
                return False
            args = [frame[name] for name in ARGUMENT_REGISTERS]
            if self.wanted not in (None, frame["eax"]) and not self.is_listed(domain, frame["eax"], args):
                return False
            show_call(domain, frame["eax"], args)
        except Unreadable as problem:
            say(f"  a hypercall came in: {problem}")
        return True

    def is_listed(self, domain, called, args):
        """Is it an entry of a multicall? What cannot be read is none."""
        guest = pv_of(domain)
        if called != MULTICALL or guest is None:
            return False
        try:
            return any(entry[0] == self.wanted for entry in entries(guest, args, LOOKED_AT))
        except Unreadable:
            return False


def show_call(domain, called, args, end=""):
    say(f"  {title(domain)}: {called} {call_words(called, args)}{end}")
    guest = pv_of(domain)
    for line in details(guest, called, args) if guest is not None else []:
        say(f"      {line}")


def number_from(word):
    """A number, or a name as the interface has it."""
    for known, name in NAMES.items():
        if word == name:
            return known
    try:
        value = int(word, 0)
    except ValueError:
        value = -1
    if not 0 <= value <= 0xFFFFFFFF:
        raise Unreadable(f"there is no hypercall '{word}'; rl hypercalls lists them.")
    return value


def offered():
    """(number, handler's name) for each slot that a floor has filled."""
    table = variable("hypercall_table", "floor.c").load()
    for slot in range(table.type.range()[1] + 1):
        handler = number(table[slot])
        if handler:
            yield slot, symbol_at(handler)


def show_offered():
    lines = [f"{slot:3} {name_of(slot)}" + (f" -> {handler}()" if handler != name_of(slot) else "()")
             for slot, handler in offered()]
    if not lines:
        say("  no floor of this image offers hypercalls, or they are not gathered yet")
        return
    say("  offered by the floors of this image; all others answer -ENOSYS")
    half = (len(lines) + 1) // 2
    for index in range(half):
        second = lines[index + half] if index + half < len(lines) else ""
        say(f"  {lines[index]:<46}{second}".rstrip())


def show_last():
    """Each ring-1 guest's last call, as far as its last trap was one."""
    for domain, problem in domains():
        if problem:
            raise Unreadable(problem)
        guest = pv_of(domain)
        if guest is None:
            continue
        frame = guest_frame(domain)[1]
        if frame["vector"] != HYPERCALL_VECTOR:
            say(f"  {title(domain)}: its last trap was vector {frame['vector']}, no hypercall")
            continue
        called, is_sure = call_number(guest, frame)
        busy = is_current(domain) and not in_guest()
        show_call(domain, called, [frame[name] for name in ARGUMENT_REGISTERS],
                  f", from {origin(frame)}: " + ("being handled" if busy else f"answered {answer(frame['eax'])}")
                  + ("" if is_sure else "; not from the hypercall page, so the number is a guess"))


def answer(value):
    return str(value - (1 << 32)) if value >= 0xFFFFF000 else f"{value:#x}"


def domain_check(words):
    """Before the guests are built there are no names yet: any is taken at its word then."""
    try:
        are_built = any(problem is None for _, problem in domains())
    except Unreadable:
        are_built = False
    if words and are_built:
        find_domain(words[0])


class Hypercalls(Command):
    """rl hypercalls [CALL [DOMAIN]]: a breakpoint on a hypercall, by number or name ("all" for any), of one domain or
of all. Without CALL: what the floors offer, and each ring-1 guest's last call."""

    name = "hypercalls"

    def run(self, words):
        if len(words) > 2:
            say("rl hypercalls: say rl hypercalls, or rl hypercalls CALL, or rl hypercalls CALL DOMAIN.")
        elif words:
            called = None if words[0] == "all" else number_from(words[0])
            address_of(DOOR)  # for its sentence where there is no floor 2
            domain_check(words[1:])
            CallStop(called, words[1] if len(words) == 2 else None)
        else:
            for part in (show_offered, show_last):
                try:
                    part()
                except Unreadable as problem:
                    say(f"  {problem}")


Hypercalls()
