"""
Ring-1 guests (floor 2, pv.h) from outside: their state, their memory through their own page tables, their handlers and
segments. Written apart from the exercises: it works while guest_copy.c and descriptor.c of a student do not.
"""
from rl_memory import (DIRECT_BASE, WORD, Unreadable, has_variable, number, read_bytes, read_physical, symbol_at,
                       variable)
from rl_state import domain_data, title

HYPERVISOR_VIRT_START = 0xF5800000
RAM_FRAMES = 0x8000
PRESENT, WRITABLE, LARGE = 1, 2, 0x80
FRAME_MASK = 0x000FFFFFFFFFF000
NO_FRAME = 0xFFFFFFFF
IDT_FLAG, EXTERNAL_FLAG = 2, 1  # of a #GP's error code
HYPERCALL_VECTOR, FAST_VECTOR = 0x82, 0x80
HAS_ERROR = 0x00027D00  # vectors with an error code, as trap.h has them
# abi.md 2.1: flat, base 0, up to the gate area. Other selectors lie in the guest's own tables.
FLAT = {0xE018: "ring-1 code", 0xE020: "ring-1 data", 0xE028: "ring-3 code", 0xE030: "ring-3 data"}
CALLBACKS = {0: "event", 1: "failsafe", 3: "sysenter", 4: "nmi", 5: "sysenter", 7: "syscall"}


class Handler:
    """struct pv_handler."""

    def __init__(self, place):
        self.eip, self.cs = number(place["eip"]), number(place["cs"])
        self.dpl, self.masks = number(place["dpl"]), bool(number(place["masks_events"]))

    def __bool__(self):
        return self.cs >= 4

    def __str__(self):
        if not self:
            return "none"
        name = symbol_at(self.eip)
        return f"{self.cs:04x}:{self.eip:08x}" + (f" {name}" if name else "")


class Guest:
    """A domain's struct pv_domain as `domain_state` and its vcpu 0's struct pv_vcpu as `state`."""

    def __init__(self, domain, domain_state):
        self.domain, self.domain_state = domain, domain_state
        self.vcpu = domain["vcpu"][0]
        pointer = domain_state["vcpu"][0]
        if number(pointer) == 0:
            raise Unreadable(f"domain {number(domain['id'])} is a ring-1 guest whose virtual CPU is not built yet.")
        self.state = pointer.dereference()
        self.cr3 = self.state["pdpt"].address - DIRECT_BASE

    def walk(self, address):
        """(L1 entry, rights of L2 and L1 together) as guest_pointer() finds them, or None."""
        entry = number(self.state["pdpt"][address >> 30])
        if not entry & PRESENT:
            return None
        upper = physical_word((entry & FRAME_MASK) + 8 * (address >> 21 & 511))
        if not upper & PRESENT or upper & LARGE:
            return None
        entry = physical_word((upper & FRAME_MASK) + 8 * (address >> 12 & 511))
        return (entry, entry & upper) if entry & PRESENT else None

    def read(self, address, count):
        """Guest memory at a linear address, page by page."""
        if address + count > HYPERVISOR_VIRT_START:
            raise Unreadable(f"guest address {address:08x} cannot be read: from f5800000 on nothing is the guest's.")
        raw = b""
        while count:
            part = min(count, 0x1000 - (address & 0xFFF))
            found = self.walk(address)
            if found is None:
                raise Unreadable(f"guest address {address:08x} cannot be read: its own tables map nothing there.")
            raw += read_physical((found[0] & FRAME_MASK) + (address & 0xFFF), part)
            address, count = address + part, count - part
        return raw

    def read_some(self, address, count):
        """As much of it as there is."""
        first = min(count, 0x1000 - (address & 0xFFF))
        raw = self.read(address, first)
        try:
            return raw + self.read(address + first, count - first) if count > first else raw
        except Unreadable:
            return raw

    def word(self, address):
        return int.from_bytes(self.read(address, 4), "little")

    def traps(self):
        """The trap table: 256 handlers."""
        table = self.state["traps"].load()
        return [Handler(table[vector]) for vector in range(256)]

    def trap(self, vector):
        return Handler(self.state["traps"][vector])

    def callback(self, kind):
        return Handler(self.state["callbacks"][kind])

    def mask(self):
        return number(self.state["info"]["evtchn_upcall_mask"])

    def descriptor(self, selector):
        """The validated copy that the CPU reads; None where the guest has none."""
        table = self.state["ldt" if selector & 4 else "gdt"]
        index = selector >> 3
        if index // 512 >= number(table["count"]) or index // 512 >= 16:
            return None
        frame = number(table["copy"][index // 512])
        if frame == NO_FRAME:
            return None
        return int.from_bytes(read_bytes(DIRECT_BASE + (frame << 12) + index % 512 * 8, 8), "little")

    def linear(self, selector, offset):
        """Segment base added; a selector that is none counts as flat, so that something can be shown."""
        entry = None if selector & 0xFFFC in FLAT else self.descriptor(selector)
        base = 0 if entry is None else (entry >> 16 & 0xFFFFFF) | (entry >> 32 & 0xFF000000)
        return base + offset & WORD

    def is_wide(self, selector):
        """Is that code segment a 32-bit one?"""
        entry = None if selector & 0xFFFC in FLAT else self.descriptor(selector)
        return entry is None or bool(entry >> 54 & 1)

    def assists(self, bit):
        return bool(number(self.domain_state["assists"]) >> bit & 1)


def physical_word(address):
    return int.from_bytes(read_physical(address, 8), "little")


def pv_of(domain):
    """The ring-1 guest of a domain; None when it is of another kind, or this image has no floor 2."""
    if not has_variable("pv_domain"):
        return None
    state = domain_data(domain, "pv_domain")
    return Guest(domain, state) if number(state["frames"]) else None


def call_number(guest, frame):
    """
    Which hypercall a frame with vector 0x82 is: EAX has it until the answer is there, the stub in the hypercall page
    (MOV EAX, number; INT 0x82) also afterwards. Returns (number, whether the answer may stand in EAX already).
    """
    try:
        stub = guest.read(guest.linear(frame["cs"], frame["eip"] - 7), 7)
    except Unreadable:
        stub = b""
    if stub[:1] == b"\xb8" and stub[5:] == b"\xcd\x82":
        return int.from_bytes(stub[1:5], "little"), True
    return frame["eax"], False


def has_error(vector):
    return vector < 32 and bool(HAS_ERROR >> vector & 1)


def isolation():
    """'segments', 'paging', or '' below floor 2."""
    if not has_variable("mode", "isolation.c"):
        return ""
    mode = number(variable("mode", "isolation.c"))
    return ("auto: not settled yet", "segments", "paging")[mode] if mode < 3 else f"mode {mode}?"


def frame_owner(domain, mfn):
    """What frame `mfn` is to this ring-1 domain, in words; '' when it is none of its own."""
    guest = pv_of(domain)
    if guest is None or mfn >= RAM_FRAMES:
        return ""
    if number(guest.domain_state["shared"]) == mfn:
        return f"shared_info of {title(domain)}"
    pfn = number(variable("m2p")[mfn])
    if pfn >= number(guest.domain_state["frame_count"]) or number(guest.domain_state["frames"][pfn]) != mfn:
        return ""
    first, count = number(guest.domain_state["table_first"]), number(guest.domain_state["table_count"])
    what = "page table" if first <= pfn < first + count else "memory"
    return f"{what} of {title(domain)}, its page {pfn:05x} (machine frame {mfn:05x})"
