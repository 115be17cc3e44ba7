"""
Hypercalls in words: names of all of them and of their arguments (Xen's public headers, as solution/abi has them), and
what the common ones point to in guest memory. Used by rl hypercalls; reads, and never writes.
"""
from rl_memory import Unreadable, printable

NAMES = {0: "set_trap_table", 1: "mmu_update", 2: "set_gdt", 3: "stack_switch", 4: "set_callbacks",
         5: "fpu_taskswitch", 6: "sched_op_compat", 7: "platform_op", 8: "set_debugreg", 9: "get_debugreg",
         10: "update_descriptor", 12: "memory_op", 13: "multicall", 14: "update_va_mapping", 15: "set_timer_op",
         16: "event_channel_op_compat", 17: "xen_version", 18: "console_io", 19: "physdev_op_compat",
         20: "grant_table_op", 21: "vm_assist", 22: "update_va_mapping_otherdomain", 23: "iret", 24: "vcpu_op",
         25: "set_segment_base", 26: "mmuext_op", 27: "xsm_op", 28: "nmi_op", 29: "sched_op", 30: "callback_op",
         31: "xenoprof_op", 32: "event_channel_op", 33: "physdev_op", 34: "hvm_op", 35: "sysctl", 36: "domctl",
         37: "kexec_op", 38: "tmem_op", 39: "argo_op", 40: "xenpmu_op", 41: "dm_op", 42: "hypfs_op"}
OTHERS = ("command", "argument")  # nearly all that are not named here
ARGUMENTS = {
    "set_trap_table": ("table",), "mmu_update": ("requests", "count", "done", "domain"),
    "set_gdt": ("frames", "entries"), "stack_switch": ("ss", "esp"),
    "set_callbacks": ("event_cs", "event_eip", "failsafe_cs", "failsafe_eip"), "fpu_taskswitch": ("set",),
    "set_debugreg": ("register", "value"), "get_debugreg": ("register",),
    "update_descriptor": ("address", "address_high", "descriptor", "descriptor_high"),
    "multicall": ("list", "count"), "update_va_mapping": ("address", "entry", "entry_high", "flags"),
    "set_timer_op": ("time", "time_high"), "xen_version": ("command", "buffer"),
    "console_io": ("command", "count", "buffer"), "grant_table_op": ("command", "list", "count"),
    "vm_assist": ("command", "type"), "iret": (), "vcpu_op": ("command", "vcpu", "argument"),
    "mmuext_op": ("list", "count", "done", "domain"), "set_segment_base": ("which", "base")}
COMMANDS = {
    "xen_version": ("version", "extraversion", "compile_info", "capabilities", "changeset", "platform_parameters",
                    "get_features", "pagesize", "guest_handle", "commandline", "build_id"),
    "console_io": ("write", "read"), "vm_assist": ("enable", "disable"),
    "sched_op": ("yield", "block", "shutdown", "poll", "remote_shutdown", "shutdown_code", "watchdog"),
    "callback_op": ("register", "unregister"),
    "physdev_op": {5: "irq_status_query", 6: "set_iopl", 7: "set_iobitmap", 12: "eoi"},
    "memory_op": {0: "increase_reservation", 1: "decrease_reservation", 2: "maximum_ram_page",
                  3: "current_reservation", 4: "maximum_reservation", 5: "machphys_mfn_list", 6: "populate_physmap",
                  9: "memory_map", 11: "exchange", 12: "machphys_mapping"}}
REASONS = ("poweroff", "reboot", "suspend", "crash", "watchdog", "soft_reset")
EXTENDED = {0: "pin_l1", 1: "pin_l2", 2: "pin_l3", 4: "unpin", 5: "new_baseptr", 6: "tlb_flush_local",
            7: "invlpg_local", 8: "tlb_flush_multi", 9: "invlpg_multi", 10: "tlb_flush_all", 11: "invlpg_all",
            12: "flush_cache", 13: "set_ldt", 15: "new_user_baseptr"}
LIST_SHOWN, TEXT_SHOWN = 8, 60
ENTRY_SIZE = 32  # struct multicall_entry: number, result, six arguments


def name_of(number):
    return NAMES.get(number, f"hypercall {number}")


def command_name(call, command):
    names = COMMANDS.get(call, ())
    if isinstance(names, dict):
        return names.get(command)
    return names[command] if command < len(names) else None


def call_words(number, args):
    """'console_io(command 0 write, count 12, buffer 00105000)'."""
    call, parts = name_of(number), []
    for name, value in zip(ARGUMENTS.get(call, OTHERS), args):
        if name == "command":
            known = command_name(call, value)
            parts.append(f"command {value}" + (f" {known}" if known else ""))
        else:
            parts.append(f"{name} {value}" if value < 256 and name in ("count", "entries", "type", "set", "register")
                         else f"{name} {value:08x}")
    return f"{call}({', '.join(parts)})"


def details(guest, number, args):
    """Lines about what the arguments point to; what cannot be read is said."""
    function = DETAILS.get(name_of(number))
    if function is None:
        return []
    try:
        return list(function(guest, args))
    except Unreadable as problem:
        return [str(problem)]


def words_at(guest, address, count):
    raw = guest.read(address, 4 * count)
    return [int.from_bytes(raw[4 * i:4 * i + 4], "little") for i in range(count)]


def console_details(guest, args):
    if args[0] == 0 and args[1]:
        shown = min(args[1], TEXT_SHOWN)
        yield f'text "{printable(guest.read(args[2], shown))}"' + (" ..." if args[1] > shown else "")


def sched_details(guest, args):
    if args[0] == 2:
        reason = words_at(guest, args[1], 1)[0]
        yield f"reason {reason} {REASONS[reason] if reason < len(REASONS) else '?'}"


def entries(guest, args, most):
    """The first of a multicall's list: number, result, arguments."""
    for index in range(min(args[1], most)):
        yield words_at(guest, args[0] + ENTRY_SIZE * index, ENTRY_SIZE // 4)


def multicall_details(guest, args):
    for index, entry in enumerate(entries(guest, args, LIST_SHOWN)):
        yield f"[{index}] {call_words(entry[0], entry[2:])}"
    if args[1] > LIST_SHOWN:
        yield f"... and {args[1] - LIST_SHOWN} more"


def trap_table_details(guest, args):
    """struct trap_info: vector, flags, CS, address; up to an address of 0."""
    if args[0] == 0:
        yield "0: forget all handlers"
        return
    for index in range(257):
        raw = guest.read(args[0] + 8 * index, 8)
        address, cs = int.from_bytes(raw[4:], "little"), int.from_bytes(raw[2:4], "little")
        if address == 0 or index == LIST_SHOWN:
            yield "the end" if address == 0 else "... and more"
            return
        yield f"vector {raw[0]}: {cs:04x}:{address:08x}, open to ring {raw[1] & 3}" + (
            ", masks events" if raw[1] & 4 else "")


def callback_details(guest, args):
    """struct callback_register: type and flags, then CS and EIP."""
    kind, cs, eip = words_at(guest, args[1], 3)
    yield f"type {kind & 0xFFFF}, flags {kind >> 16}" + (f": {cs:04x}:{eip:08x}" if args[0] == 0 else "")


def gdt_details(guest, args):
    pages = (args[1] + 511) // 512
    if 0 < pages <= 14:
        yield "frames " + " ".join(f"{frame:05x}" for frame in words_at(guest, args[0], pages))


def extended_details(guest, args):
    """struct mmuext_op: command, then two words."""
    for index in range(min(args[1], LIST_SHOWN)):
        command, first, second = words_at(guest, args[0] + 12 * index, 3)
        yield f"[{index}] {EXTENDED.get(command, command)} {first:08x} {second:08x}"


def physdev_details(guest, args):
    if args[0] == 6:
        yield f"IOPL {words_at(guest, args[1], 1)[0]}"


def iret_details(guest, args):
    yield "its frame is on the guest's stack: rl traps"


DETAILS = {"console_io": console_details, "sched_op": sched_details, "multicall": multicall_details,
           "set_trap_table": trap_table_details, "callback_op": callback_details, "set_gdt": gdt_details,
           "mmuext_op": extended_details, "physdev_op": physdev_details, "iret": iret_details}
