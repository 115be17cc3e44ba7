"""
rl pt: an annotated walk through the page tables (PAE: L3, L2, L1; Intel SDM vol. 3 section 4.4), read by physical
address, so that it works on any tables, also damaged ones. The verdict is lab 1's: who may touch the page.
"""
import gdb

from rl_state import (DIRECT_BASE, GATE_TRAP, PAGE_SIZE, Command, Unreadable, address_of, bare_of, domains, find_domain,
                      is_paging_on, number, read_physical, register, say, symbol_at, text)

FLAGS = ((0, "P"), (1, "RW"), (2, "US"), (3, "PWT"), (4, "PCD"), (5, "A"), (6, "D"), (7, "PS"), (8, "G"))
PRESENT, WRITABLE, USER, LARGE = 1, 2, 4, 0x80
ADDRESS = 0x000FFFFFFFFFF000
RAM_END = 0x08000000
LEVELS = (("L3", 30, 3), ("L2", 21, 511), ("L1", 12, 511))
PLACES = ((GATE_TRAP, 1, "trap page of the vcpu that runs"), (GATE_TRAP + 0x1000, 1, "IDT and TSSs"),
          (GATE_TRAP + 0x2000, 2, "entry code"), (GATE_TRAP + 0x10000, 14, "GDT window: the domain's shadow GDT"),
          (GATE_TRAP + 0x1E000, 1, "GDT window: the hypervisor's own page"))


def flag_names(entry):
    return " ".join(name for bit, name in FLAGS if entry >> bit & 1) or "not present"


def read_entry(table, index):
    where = (table & 0xFFFFFFE0 if index < 4 and table & 0xFFF else table) + 8 * index
    return where, int.from_bytes(read_physical(where, 8), "little")


def walk(cr3, address):
    """Lines of the walk, the flags that hold for all levels together, and the physical address or None."""
    table, rights, lines = cr3 & 0xFFFFFFE0, WRITABLE | USER, []
    for name, shift, mask in LEVELS:
        index = address >> shift & mask
        where, entry = read_entry(table, index)
        lines.append(f"{name}[{index}]".ljust(8) + f"at {where:08x}  {entry:016x}  {flag_names(entry)}")
        if not entry & PRESENT:
            return lines, 0, None
        if name != "L3":
            rights &= entry
        table = entry & ADDRESS
        if name == "L1" or (name == "L2" and entry & LARGE):
            return lines, rights, (table & ~((1 << shift) - 1)) + (address & (1 << shift) - 1)
    return lines, 0, None


def owner(physical):
    """Whose memory that is."""
    try:
        for domain, problem in domains():
            if problem:
                return problem
            guest = bare_of(domain)
            start = number(guest["memory"]) - DIRECT_BASE
            if start <= physical < start + number(guest["memory_size"]):
                return (f"memory of domain {number(domain['id'])} ({text(domain['name'])}), "
                        f"guest-physical {physical - start:08x}")
    except Unreadable:
        pass
    if physical >= RAM_END:
        return "outside the RAM that the hypervisor uses"
    return "the hypervisor's: image, tables, trap pages or free frames"


def place(address):
    """What the address space has there by design (layout.h)."""
    for start, pages, what in PLACES:
        if start <= address < start + pages * PAGE_SIZE:
            return what
    if DIRECT_BASE <= address < DIRECT_BASE + RAM_END:
        return f"direct map of physical {address - DIRECT_BASE:08x}  {symbol_at(address)}".rstrip()
    return "the guest's own addresses" if address < 0xF5800000 else "reserved for floors above"


def verdict(address, rights, physical):
    """Who may touch it, and what happens to a guest that tries."""
    if physical is None:
        if address & ~0xFFF == guard():
            return "nobody: the page below the hypervisor's stack; running over it must be a double fault"
        return "nobody: a guest that touches it gets #PF and is crashed with a reason; in ring 0 it is a bug"
    write = "read and write" if rights & WRITABLE else "read, and not write (CR0.WP binds ring 0 too)"
    if rights & USER:
        return f"ring 3 may {write}: a guest owns this page, and the hypervisor reaches it too"
    return f"ring 0 only, to {write}: a guest that touches it gets #PF and is crashed with a reason"


def guard():
    try:
        return address_of("stack_guard")
    except Unreadable:
        return None


class PageTables(Command):
    """rl pt ADDRESS [DOMAIN]: walks the page tables and says who may touch the page."""

    name = "pt"
    completion = gdb.COMPLETE_EXPRESSION

    def run(self, words):
        if len(words) not in (1, 2):
            say("rl pt: say rl pt ADDRESS, or rl pt ADDRESS DOMAIN.")
            return
        address = number(gdb.parse_and_eval(f"(unsigned long)({words[0]})")) & 0xFFFFFFFF
        if not is_paging_on():
            say(f"  {address:08x}: paging is off, so this is the physical address too, and anyone may touch it")
            return
        cr3 = register("cr3") if len(words) == 1 else domain_cr3(words[1])
        lines, rights, physical = walk(cr3, address)
        say(f"  {address:08x}  {place(address)}")
        say(f"    CR3 {cr3:08x}" + ("" if len(words) == 1 else f" of domain {words[1]}"))
        for line in lines:
            say("    " + line)
        if physical is not None:
            say(f"    frame {physical >> 12:05x}, physical {physical:08x}: {owner(physical)}")
        say(f"    {verdict(address, rights, physical)}")


def domain_cr3(word):
    vcpu = find_domain(word)["vcpu"][0]
    return number(vcpu["cr3"])


PageTables()
