"""
$rl_guest("FIELD") and $rl_frame("FIELD"): the current guest's state in GDB expressions, breakpoint conditions included.
The guests' own symbols may hide the hypervisor's variables of the same name; these do not depend on names. What cannot
be read makes the expression fail with a sentence, as any of GDB's own would.
"""
import gdb

from rl_memory import Unreadable, number
from rl_pv import pv_of
from rl_state import bare_of, current_domain, current_vcpu


def field_of(place, path):
    """Follows pointers, and takes numbers for indexes: "info.evtchn_upcall_mask", "traps.13.eip"."""
    for name in path.split("."):
        place = place[int(name) if name.isdecimal() else name]
    return number(place)


def guest_state():
    """struct pv_vcpu of a ring-1 guest, struct bare of another."""
    domain = current_domain()
    guest = pv_of(domain)
    return bare_of(domain) if guest is None else guest.state


class Guest(gdb.Function):
    """$rl_guest("FIELD"): a number from struct bare of the guest that runs, such as "ring" or "pic.master.request"; of
a ring-1 guest from struct pv_vcpu, such as "kernel_sp" or "info.evtchn_upcall_mask"."""

    def __init__(self):
        super().__init__("rl_guest")

    def invoke(self, path):
        try:
            return field_of(guest_state(), path.string())
        except Unreadable as problem:
            raise gdb.GdbError(f"rl_guest: {problem}") from None


class Frame(gdb.Function):
    """$rl_frame("FIELD"): a register of the guest that runs, as saved in its trap frame, such as "eip" or "vector"."""

    def __init__(self):
        super().__init__("rl_frame")

    def invoke(self, path):
        try:
            vcpu = current_vcpu()
            if vcpu is None:
                raise Unreadable("no domain runs now.")
            return field_of(vcpu["frame"], path.string())
        except Unreadable as problem:
            raise gdb.GdbError(f"rl_frame: {problem}") from None


Guest()
Frame()
