"""
rl emulate for ring-1 guests (pv_emulate.c): a short table of instructions is carried out, everything else is bounced to
the guest's own handler. Nothing here depends on what the hypervisor does.
"""
from rl_decode import op_names
from rl_memory import Unreadable, in_guest, number, symbol_at, variable
from rl_pv import FAST_VECTOR, HYPERCALL_VECTOR, IDT_FLAG, call_number

GP, UD, PF = 13, 6, 14
FORCED_CPUID = b"\x0f\x0bxen\x0f\xa2"
FOR_PROGRAMS = ("cli", "sti", "in", "out", "ins", "outs")
ARCHITECTURAL_IOPL = 4


class RingSpot:
    """Where a ring-1 guest stands; the same members as Spot of rl_emulate.py."""

    def __init__(self, guest, frame):
        self.guest, self.frame = guest, frame
        self.default_size = 4 if guest.is_wide(frame["cs"]) else 2
        self.linear = guest.linear(frame["cs"], frame["eip"])
        self.raw = guest.read_some(self.linear, 15)
        self.shown_cs = frame["cs"] & 0xFFFF
        self.in_kernel = frame["cs"] & 3 == 1

    def read(self, linear, count):
        return self.guest.read(linear, count)

    def base(self, selector):
        return self.guest.linear(selector, 0)

    def device(self, port, is_write):
        return "a ring-1 guest has no device there: " + ("writes vanish" if is_write else "reads give ones")

    def vector_words(self, vector):
        return f"{vector}: {self.int_words(vector)}"

    def int_words(self, vector):
        """INT n, before it is executed."""
        ring, handler = self.frame["cs"] & 3, self.guest.trap(vector)
        if vector == HYPERCALL_VECTOR and ring == 1:
            return "a hypercall"
        if vector == FAST_VECTOR and number(self.guest.state["fast_gate"]) and ring <= handler.dpl:
            return f"fast trap: the CPU goes to {handler} by itself, and the hypervisor hears nothing"
        if not handler or ring > handler.dpl:
            return "the trap table does not open it to this ring: #GP is bounced"
        return f"#GP comes in, and becomes a bounce to {handler}"

    def special(self):
        if self.raw[:7] == FORCED_CPUID:
            return [("decoded", "forced CPUID: ud2, \"xen\", cpuid"),
                    ("handler", "pv_emulate_cpuid(): the hypervisor's answer, not the CPU's"),
                    ("then", f"EIP moves on to {self.frame['eip'] + 7 & 0xFFFFFFFF:08x}")]
        if in_guest() and self.raw[:1] == b"\xcd" and len(self.raw) > 1:
            return [("decoded", f"int {self.raw[1]:#x}"), ("then", self.int_words(self.raw[1]))]
        return []

    def plan(self, insn):
        if op_names().get(insn.op) == "int":
            return  # the vector's line has said it
        entry = number(variable("instructions", "pv_emulate.c")[insn.op])
        if not entry:
            yield "handler", "none: a ring-1 kernel that uses this has not been ported"
            yield "then", f"#GP(0) is bounced to {self.guest.trap(GP)}"
            return
        yield "handler", f"{symbol_at(entry)}()"
        allowed, why = self.permission(op_names().get(insn.op, ""))
        yield "allowed", why
        if allowed:
            yield "then", f"EIP moves on to {self.frame['eip'] + insn.length & 0xFFFFFFFF:08x}"
        else:
            yield "then", f"#GP(0) is bounced to {self.guest.trap(GP)}"

    def permission(self, op):
        """(allowed, words). For ports the guest's bitmap has a say too; it is named, not read."""
        iopl = number(self.guest.state["iopl"])
        if op not in FOR_PROGRAMS:
            if self.in_kernel:
                return True, "ring 1, the kernel: permitted, unless the handler refuses the value"
            return False, f"ring {self.frame['cs'] & 3}, a program: not permitted"
        allowed = iopl >= 1 or self.guest.assists(ARCHITECTURAL_IOPL) if self.in_kernel else iopl == 3
        words = f"needs I/O privilege; ring {self.frame['cs'] & 3}, virtual IOPL {iopl}: "
        if not allowed and not self.in_kernel and number(self.guest.state["io_bitmap_ports"]):
            return False, words + "not permitted, unless the port bitmap opens the port"
        return allowed, words + ("permitted" if allowed else "not permitted")

    def came_in(self, vector):
        if vector == HYPERCALL_VECTOR:
            return f"number {call_number(self.guest, self.frame)[0]}; rl hypercalls says more. It will go on here"
        if vector == PF:
            return f"bounced to {self.guest.trap(PF)}, with the address in vcpu_info"
        if vector < 32:
            return f"bounced to {self.guest.trap(vector)}"
        return "nothing is decoded; it will go on here"

    def refusal(self):
        error = self.frame["error"]
        if self.frame["vector"] == GP and error & IDT_FLAG:
            try:
                return f"INT {error >> 3:#x}: " + self.int_words(error >> 3 & 0xFF)
            except Unreadable as problem:
                return str(problem)
        return "the exception is bounced; or EIP has moved on already"
