"""
rl vcpu: two machines side by side. The real CPU runs the guest with IF on and IOPL 0, always, in ring 3; the guest
believes in what struct bare (bare.h) says. Where the two differ is what the hypervisor has to hide. A ring-1 guest
knows where it is; rl_vcpu_pv.py shows what it has arranged with the hypervisor instead.
"""
import re

import gdb

import rl_vcpu_pv
from rl_memory import Command, Unreadable, in_guest, number, read_bytes, register, say, symbol_at
from rl_pv import pv_of
from rl_state import bare_of, find_domain, title
from rl_traps import flag_names, is_current, registers_now

CR0_BITS = ((0, "PE"), (1, "MP"), (2, "EM"), (3, "TS"), (4, "ET"), (5, "NE"), (16, "WP"), (18, "AM"), (29, "NW"),
            (30, "CD"), (31, "PG"))
CR4_BITS = ((2, "TSD"), (3, "DE"), (4, "PSE"), (5, "PAE"), (7, "PGE"), (9, "OSFXSR"), (10, "OSXMMEXCPT"))
SHADOW_ENTRIES = 512
PIT_HZ = 1193182


def bits(value, names):
    return f"{value:08x} " + " ".join(name for bit, name in reversed(names) if value >> bit & 1)


def row(name, real, virtual):
    say(f"  {name:<9}{real:<44}{virtual}".rstrip())


def real_tables():
    """GDTR, IDTR, LDTR and TR, which only QEMU's monitor knows; '' for what it does not say."""
    try:
        said = gdb.execute("monitor info registers", to_string=True)
    except gdb.error:
        return {}
    found = {}
    for name in ("GDT", "IDT"):
        match = re.search(name + r"=\s*([0-9a-f]{8}) ([0-9a-f]{8})", said)
        if match:
            found[name] = f"base {match.group(1)} limit {int(match.group(2), 16):04x}"
    for name in ("TR", "LDT"):
        match = re.search(name + r" ?=([0-9a-f]{4}) ([0-9a-f]{8})", said)
        if match:
            found[name] = f"{match.group(1)} base {match.group(2)}"
    return found


def show_rings(guest, frame):
    flags = frame["eflags"]
    row("", "real", "what the guest believes")
    ring = number(guest["ring"])
    row("ring", str(frame["cs"] & 3), str(ring))
    row("CS", f"{frame['cs'] & 0xFFFF:04x}", f"{frame['cs'] & 0xFFFC | ring:04x}")
    row("IF", str(flags >> 9 & 1), f"{number(guest['interrupts'])}{shadow(guest)}")
    row("IOPL", str(flags >> 12 & 3), str(number(guest["iopl"])))
    if flags >> 8 & 1 or number(guest["is_stepping"]):
        row("TF", str(flags >> 8 & 1), "0: stepped by the hypervisor" if number(guest["is_stepping"]) else "1")
    row("EFLAGS", f"{flags:08x} {flag_names(flags)}", "")


def shadow(guest):
    if not number(guest["is_shadowed"]):
        return ""
    return f", but no interrupt before the instruction at {number(guest['shadow_eip']):08x}"


def control_registers(virtual):
    """CR0, CR2, CR3, CR4 and the tables: the CPU's, and the guest's from a dictionary."""
    real = real_tables()
    row("CR0", bits(register("cr0"), CR0_BITS), bits(virtual["cr0"], CR0_BITS))
    row("CR2", f"{register('cr2'):08x}", f"{virtual['cr2']:08x}")
    row("CR3", f"{register('cr3'):08x}", f"{virtual['cr3']:08x}")
    row("CR4", bits(register("cr4"), CR4_BITS), bits(virtual["cr4"], CR4_BITS))
    for name in ("GDT", "IDT", "LDT", "TR"):
        if name in virtual:
            row(name if name == "TR" else name + "R", real.get(name, "not known"), virtual[name])


def show_system(guest):
    virtual = {name: number(guest[name]) for name in ("cr0", "cr2", "cr3", "cr4")}
    for name, field in (("GDT", "gdt"), ("IDT", "idt")):
        virtual[name] = f"base {number(guest[field]['base']):08x} limit {number(guest[field]['limit']):04x}"
    virtual["TR"] = f"{number(guest['task_selector']):04x} base {number(guest['task_base']):08x}"
    control_registers(virtual)


def show_registers(frame):
    for names in (("eax", "ebx", "ecx", "edx"), ("esi", "edi", "ebp", "esp")):
        say("  " + "  ".join(f"{name} {frame[name]:08x}" for name in names))
    say(f"  eip {frame['eip']:08x}  {symbol_at(frame['eip'])}")
    say("  " + "  ".join(f"{name} {frame[name] & 0xFFFF:04x}" for name in ("cs", "ss", "ds", "es", "fs", "gs")))


def describe(descriptor):
    """A segment descriptor in words (SDM vol. 3 section 3.4.5)."""
    base = descriptor >> 16 & 0xFFFFFF | descriptor >> 32 & 0xFF000000
    limit = descriptor & 0xFFFF | descriptor >> 32 & 0xF0000
    if descriptor >> 55 & 1:
        limit = limit << 12 | 0xFFF
    access = descriptor >> 40 & 0xFF
    kind = "code" if access & 0x18 == 0x18 else "data" if access & 0x10 else "system"
    return f"{kind} DPL {access >> 5 & 3} base {base:08x} limit {limit:08x}" + ("" if access & 0x80 else " not present")


def show_shadow(guest):
    raw = read_bytes(number(guest["shadow"]), 8 * min(number(guest["shadow_top"]) + 1, SHADOW_ENTRIES))
    table, limit = number(guest["gdt"]["base"]), number(guest["gdt"]["limit"])
    say("  shadow GDT, which the CPU reads, and the guest's own entry")
    for index in range(len(raw) // 8):
        entry = int.from_bytes(raw[8 * index:8 * index + 8], "little")
        if entry:
            say(f"    {8 * index:04x}  {describe(entry):<48}{own(guest, table, limit, index)}")


def own(guest, table, limit, index):
    if 8 * index + 7 > limit or table + 8 * index + 8 > number(guest["memory_size"]):
        return "the loader's: the guest's table has none"
    value = int.from_bytes(read_bytes(number(guest["memory"]) + table + 8 * index, 8), "little")
    return describe(value) if value else "empty"


def show_devices(guest):
    for name in ("master", "slave"):
        chip = guest["pic"][name]
        values = " ".join(f"{label} {number(chip[field]):02x}" for label, field in
                          (("IRR", "request"), ("ISR", "in_service"), ("IMR", "mask"), ("vectors", "vector_base")))
        say(f"  PIC {name:<7}{values}")
    pit, uart = guest["pit"], guest["uart"]
    divisor = number(pit["divisor"])
    rate = f"{PIT_HZ / divisor:.1f} Hz" if number(pit["counting"]) and divisor else "not counting"
    say(f"  PIT 0      mode {number(pit['mode'])} divisor {divisor} ({rate}), ticks owed {number(pit['owed'])}")
    say(f"  UART       IER {number(uart['ier']):02x} LCR {number(uart['lcr']):02x} MCR {number(uart['mcr']):02x}, "
        f"{number(uart['count'])} received bytes wait")


def parts_of(domain, frame, pv):
    """What is shown of a domain, and which of that also with the word "brief"."""
    if pv is not None:
        return rl_vcpu_pv.parts(pv, frame, row, lambda: show_registers(frame), control_registers)
    guest = bare_of(domain)
    return ([lambda: show_rings(guest, frame), lambda: show_system(guest), lambda: show_registers(frame),
             lambda: show_shadow(guest), lambda: show_devices(guest)], (0, 4))


def halted(domain, pv):
    if pv is not None:
        return "" if number(domain["vcpu"][0]["is_awake"]) else ", blocked"
    return ", halted" if number(bare_of(domain)["is_halted"]) else ""


class Vcpu(Command):
    """rl vcpu [brief] [DOMAIN]: the real CPU beside the one that the guest believes in, its tables and its devices.
brief: only rings, flags and devices."""

    name = "vcpu"

    def run(self, words):
        brief = words[:1] == ["brief"]
        words = words[brief:]
        domain = find_domain(words[0] if words else None)
        pv = pv_of(domain)
        where = "runs now" if is_current(domain) and in_guest() else "registers as saved at its last trap"
        parts, short = parts_of(domain, registers_now(domain), pv)
        say(f"  {title(domain)}: {where}{halted(domain, pv)}")
        for index, part in enumerate(parts):
            if brief and index not in short:
                continue
            try:
                part()
            except Unreadable as problem:
                say(f"  {problem}")


Vcpu()
