"""
rl vcpu for ring-1 guests: what the guest has told the hypervisor by hypercalls (pv.h), and what the CPU has of it now.
"""
from rl_memory import number, say
from rl_pv import CALLBACKS, FAST_VECTOR, NO_FRAME, isolation
from rl_traps import flag_names

CR0_SHOWN, CR0_TS = 0x80010033, 8  # pv_emulate_system.c: PG WP NE ET MP PE
CR4_SHOWN = 0x620                  # PAE OSFXSR OSXMMEXCPT


def parts(pv, frame, row, show_registers, control_registers):
    return ([lambda: show_rings(pv, frame, row), lambda: control_registers(virtual_system(pv)), show_registers,
             lambda: show_arrangements(pv), lambda: show_tables(pv)], (0, 3))


def show_rings(pv, frame, row):
    flags, mask = frame["eflags"], pv.mask()
    pending = number(pv.state["info"]["evtchn_upcall_pending"])
    row("", "real", "what the guest knows")
    row("ring", str(frame["cs"] & 3), "1 is its kernel, 3 are its programs")
    row("CS", f"{frame['cs'] & 0xFFFF:04x}", f"{frame['cs'] & 0xFFFF:04x}")
    row("IF", str(flags >> 9 & 1), f"mask {mask}: events {'masked' if mask else 'let in'}; pending {pending}")
    row("IOPL", str(flags >> 12 & 3), str(number(pv.state["iopl"])))
    row("EFLAGS", f"{flags:08x} {flag_names(flags)}", "")


def virtual_system(pv):
    mfn = number(pv.state["base"])
    return {"cr0": CR0_SHOWN | (CR0_TS if number(pv.state["task_switched"]) else 0),
            "cr2": number(pv.state["info"]["arch"]["cr2"]), "cr3": (mfn << 12 | mfn >> 20) & 0xFFFFFFFF,
            "cr4": number(pv.state["cr4"]) | CR4_SHOWN,
            "GDT": f"{number(pv.state['gdt']['count'])} page(s) by set_gdt, copied",
            "IDT": f"{sum(map(bool, pv.traps()))} handlers by set_trap_table",
            "LDT": f"{number(pv.state['ldt_entries'])} entries, copied", "TR": "none: stack_switch"}


def show_arrangements(pv):
    """What hypercalls have set."""
    state = pv.state
    say(f"  kernel's stack for traps from ring 3: {number(state['kernel_ss']):04x}:{number(state['kernel_sp']):08x}")
    for kind, name in CALLBACKS.items():
        handler = pv.callback(kind)
        if handler or name in ("event", "failsafe", "nmi"):
            say(f"  callback {name:<9}{handler}")
    say(f"  fast trap {FAST_VECTOR:#x}   {fast_gate(pv)}")
    if number(state["nmi_pending"]) or number(state["nmi_active"]):
        say(f"  NMI pending {number(state['nmi_pending'])}, being handled {number(state['nmi_active'])}")
    ports = number(state["io_bitmap_ports"])
    if ports:
        say(f"  port bitmap at {number(state['io_bitmap']):08x}, for {ports} ports")
    say(f"  isolation          {isolation_words(pv)}")


def fast_gate(pv):
    """IDT[0x80] as it is while this guest runs."""
    gate, handler = number(pv.state["fast_gate"]), pv.trap(FAST_VECTOR)
    if gate:
        return (f"{gate >> 16 & 0xFFFF:04x}:{gate >> 32 & 0xFFFF0000 | gate & 0xFFFF:08x} DPL {gate >> 45 & 3}: "
                "the CPU goes there by itself")
    if not handler:
        return "none: the guest has no handler for it"
    why = "it wants events masked" if handler.masks else "its selector may not stand in a gate"
    return f"none: {why}, so the hypervisor bounces it to {handler}"


def isolation_words(pv):
    return {"paging": f"paging: it runs on CR3 {pv.cr3:08x}, in which the hypervisor is not mapped",
            "segments": f"segments: it runs on CR3 {pv.cr3:08x}, with the hypervisor mapped behind its limits"}.get(
                isolation(), isolation())


def show_tables(pv):
    """Which pages the descriptor tables consist of."""
    for name in ("gdt", "ldt"):
        table = pv.state[name].load()
        for page in range(min(number(table["count"]), 16)):
            source, copy = number(table["source"][page]), number(table["copy"][page])
            if copy != NO_FRAME:
                say(f"  {name.upper()} page {page}: the guest's frame {source:05x}, checked copy in frame {copy:05x}")
