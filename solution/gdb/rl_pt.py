"""
rl pt: an annotated walk through the page tables (PAE: L3, L2, L1; Intel SDM vol. 3 section 4.4), read by physical
address, so that it works on any tables, also damaged ones. The verdict is lab 1's: who may touch the page.
"""
import gdb

from rl_memory import (DIRECT_BASE, GATE_TRAP, PAGE_SIZE, Command, Unreadable, address_of, in_guest, is_paging_on,
                       number, read_physical, register, say, symbol_at)
from rl_pv import HYPERVISOR_VIRT_START, frame_owner, isolation, pv_of
from rl_state import bare_of, current_domain, domains, find_domain, title

FLAGS = ((0, "P"), (1, "RW"), (2, "US"), (3, "PWT"), (4, "PCD"), (5, "A"), (6, "D"), (7, "PS"), (8, "G"))
PRESENT, WRITABLE, USER, LARGE = 1, 2, 4, 0x80
ADDRESS = 0x000FFFFFFFFFF000
RAM_END = 0x08000000
LEVELS = (("L3", 30, 3), ("L2", 21, 511), ("L1", 12, 511))
PLACES = ((GATE_TRAP, 1, "trap page of the vcpu that runs"), (GATE_TRAP + 0x1000, 1, "IDT and TSSs"),
          (GATE_TRAP + 0x2000, 2, "entry code"), (GATE_TRAP + 0x10000, 14, "GDT window: the domain's shadow GDT"),
          (GATE_TRAP + 0x1E000, 1, "GDT window: the hypervisor's own page"),
          (GATE_TRAP + 0x20000, 16, "LDT window: the guest's"),
          (HYPERVISOR_VIRT_START, 0x1000, "machine-to-physical table"))


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
    for domain, problem in domains():
        if problem:
            return problem
        try:
            whose = pv_owner(domain, physical) if pv_of(domain) is not None else bare_owner(domain, physical)
        except Unreadable:
            continue
        if whose:
            return whose
    if physical >= RAM_END:
        return "outside the RAM that the hypervisor uses"
    return "the hypervisor's: image, tables, trap pages or free frames"


def bare_owner(domain, physical):
    guest = bare_of(domain)
    start = number(guest["memory"]) - DIRECT_BASE
    if start <= physical < start + number(guest["memory_size"]):
        return f"memory of {title(domain)}, guest-physical {physical - start:08x}"
    return ""


def pv_owner(domain, physical):
    return frame_owner(domain, physical >> 12)


def place(address):
    """What the address space has there by design (layout.h)."""
    for start, pages, what in PLACES:
        if start <= address < start + pages * PAGE_SIZE:
            return what
    if DIRECT_BASE <= address < DIRECT_BASE + RAM_END:
        return f"direct map of physical {address - DIRECT_BASE:08x}  {symbol_at(address)}".rstrip()
    return "the guest's own addresses" if address < HYPERVISOR_VIRT_START else "reserved for floors above"


def verdict(address, rights, physical, pv):
    """Who may touch it, and what happens to a guest that tries."""
    fate = "gets a page fault of its own" if pv is not None else "gets #PF and is crashed with a reason"
    if physical is None:
        if address & ~0xFFF == guard():
            return "nobody: the page below the hypervisor's stack; running over it must be a double fault"
        return f"nobody: a guest that touches it {fate}; in ring 0 it is a bug"
    write = "read and write" if rights & WRITABLE else "read, and not write (CR0.WP binds ring 0 too)"
    if rights & USER:
        return f"ring 3 may {write}: a guest owns this page, and the hypervisor reaches it too"
    if pv is None:
        return f"ring 0 only, to {write}: a guest that touches it {fate}"
    return f"rings 0 to 2 may {write}: to paging ring 1 is a supervisor{limits(address)}"


def limits(address):
    """What else keeps ring 1 out."""
    if address >= GATE_TRAP:
        return "; its segments end at f67fffff, where the CPU looks at limits"
    return ", and may read this table" if address >= HYPERVISOR_VIRT_START else ""


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
        address = address_from(words[0])
        if not is_paging_on():
            say(f"  {address:08x}: paging is off, so this is the physical address too, and anyone may touch it")
            return
        cr3, whose, domain = tables_chosen(address, words[1:])
        pv = pv_of(domain) if domain is not None else None
        lines, rights, physical = walk(cr3, address)
        say(f"  {address:08x}  {place(address)}")
        say(f"    CR3 {cr3:08x}{whose}")
        for line in lines + l3_lines(pv, cr3, address):
            say("    " + line)
        if physical is not None:
            say(f"    frame {physical >> 12:05x}, physical {physical:08x}: {owner(physical)}")
        say(f"    {verdict(address, rights, physical, pv)}")


def address_from(word):
    """Any expression; a label of assembly has no type, so its address is what is meant."""
    return int(gdb.parse_and_eval(f"(unsigned long)({word})")) & 0xFFFFFFFF


def tables_chosen(address, words):
    """
    (CR3, words about it, the domain or None). Without a name: the CPU's own tables; but while the hypervisor is on
    tables without guests, a guest's address is looked for in those of the guest that it works for.
    """
    if words:
        domain = find_domain(words[0])
        return domain_cr3(domain), f" of {title(domain)}", domain
    cr3 = register("cr3")
    try:
        domain = current_domain()
        own = domain_cr3(domain)
    except Unreadable:
        return cr3, "", None
    if address < HYPERVISOR_VIRT_START and not in_guest() and cr3 != own:
        return own, f" of {title(domain)}; the CPU is on the hypervisor's own, {cr3:08x}", domain
    return cr3, "", domain if cr3 == own else None


def domain_cr3(domain):
    pv = pv_of(domain)
    return number(domain["vcpu"][0]["cr3"]) if pv is None else pv.cr3


def l3_lines(pv, cr3, address):
    """A ring-1 guest's own L3 is never loaded: its entries stand in one of ours (pv_space.c)."""
    if pv is None or cr3 != pv.cr3:
        return []
    own, index = number(pv.state["base"]) << 12, address >> 30
    where, entry = read_entry(own, index)
    same = "the same" if entry & ADDRESS == read_entry(cr3, index)[1] & ADDRESS else "it leads elsewhere"
    return [f"this L3 is the hypervisor's copy; the guest's L3[{index}] at {where:08x}  {entry:016x}: {same}",
            f"isolation {isolation()}"]


PageTables()
