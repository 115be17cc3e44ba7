"""
rl emulate: the instruction at which the guest trapped, and what the hypervisor will do with it: whether the virtual CPU
may execute it, which function emulates it, which device hears of it. Nothing is executed to find out. What differs for
ring-1 guests is in rl_emulate_pv.py.
"""
import gdb

from rl_decode import NotDecoded, decode, operation
from rl_emulate_pv import RingSpot
from rl_memory import Command, Unreadable, in_gate, in_guest, number, read_bytes, say, symbol_at, variable
from rl_pv import HYPERCALL_VECTOR, pv_of
from rl_state import bare_of, current_domain, title
from rl_traps import registers_now, vector_name

PRIVILEGES = ("any ring may", "needs ring <= IOPL", "needs ring 0")
UART_REGISTERS = ("data", "interrupt enable", "FIFO control", "line control", "modem control", "line status",
                  "modem status", "scratch")
GP = 13
# Sensitive and not privileged (Robin and Irvine, USENIX Security 2000): in ring 3 they run and do something else.
SENSITIVE = ("popf", "pushf", "sgdt", "sidt", "sldt", "smsw", "str", "lar", "lsl", "verr", "verw")


class Spot:
    """Where a bare guest stands: its frame, its code segment and the bytes at CS:EIP."""

    def __init__(self, domain):
        self.guest = bare_of(domain)
        self.frame = registers_now(domain)
        code = descriptor(self.guest, self.frame["cs"])
        self.default_size = 4 if code is None or code >> 54 & 1 else 2
        self.linear = base_of(code) + self.frame["eip"] & 0xFFFFFFFF
        self.raw = self.read(self.linear, 15)
        self.shown_cs = self.frame["cs"] & 0xFFFC | number(self.guest["ring"])

    def read(self, linear, count):
        return guest_bytes(self.guest, linear, count)

    def base(self, selector):
        return base_of(descriptor(self.guest, selector))

    def device(self, port, is_write):
        return device(port, is_write)

    def vector_words(self, vector):
        return f"{vector}, through the guest's own IDT"

    def special(self):
        """Bytes that are no instruction of decode.c's, and yet known."""
        return []

    def plan(self, insn):
        handler, privilege, sets_eip = operation(insn.op)
        yield "handler", f"{symbol_at(handler)}(), on the virtual CPU"
        yield "allowed", permission(self.guest, privilege)
        if sets_eip:
            yield "then", "EIP is set by the handler"
        else:
            yield "then", f"EIP moves on to {self.frame['eip'] + insn.length & 0xFFFFFFFF:08x}"

    def refusal(self):
        error = self.frame["error"]
        if self.frame["vector"] == GP and error and not error & 3:
            return f"error code {error:04x} names a selector: bare_segment_fill() looks for it in the guest's GDT"
        return "the guest's own IDT gets the exception; or EIP has moved on, behind what was emulated"


def descriptor(guest, selector):
    """The shadow entry, which is what the CPU uses; None when there is none."""
    index = selector >> 3
    if index == 0 or index >= 512 or selector & 4:
        return None
    return int.from_bytes(read_bytes(number(guest["shadow"]) + 8 * index, 8), "little")


def base_of(entry):
    return 0 if entry is None else (entry >> 16 & 0xFFFFFF) | (entry >> 32 & 0xFF000000)


def guest_bytes(guest, linear, count):
    size = number(guest["memory_size"])
    if linear >= size:
        raise Unreadable(f"address {linear:08x} is outside the guest's {size >> 10} KiB: it will be crashed for that.")
    return read_bytes(number(guest["memory"]) + linear, min(count, size - linear))


def disassembly(spot):
    """GDB's own words: from memory when the guest's tables are loaded, else from its file, if that agrees."""
    if spot.default_size == 2:
        return "(a 16-bit segment, which GDB cannot disassemble here)"
    for files in ("off", "on"):
        gdb.execute(f"set trust-readonly-sections {files}")
        try:
            found = gdb.selected_inferior().architecture().disassemble(spot.linear)[0]
            if file_agrees(spot, found["length"]):
                return found["asm"]
        except (gdb.error, gdb.MemoryError):
            pass
        finally:
            gdb.execute("set trust-readonly-sections off")
    return "(not mapped now, and not in the symbols that are loaded)"


def file_agrees(spot, length):
    """Does GDB see the bytes that the guest has there? The file may be another guest's, the tables the hypervisor's."""
    return bytes(gdb.selected_inferior().read_memory(spot.linear, length)) == spot.raw[:length]


def operand_address(spot, insn):
    segment, parts, offset = insn.memory
    total = offset + sum(spot.frame[name] * scale for name, scale in parts)
    total &= 0xFFFFFFFF if insn.wide else 0xFFFF
    words = "+".join(name if scale == 1 else f"{name}*{scale}" for name, scale in parts)
    base = spot.base(spot.frame[segment])
    return f"{segment}:[{words}{offset:+#x}] = {total:08x}", base + total & 0xFFFFFFFF


def device(port, is_write):
    """The function of ports.c that will be called."""
    table = variable("ranges")
    for index in range(table.type.range()[1] + 1):
        entry = table[index]
        if number(entry["first"]) <= port <= number(entry["last"]):
            name = symbol_at(number(entry["write" if is_write else "read"]))
            note = f", COM1's {UART_REGISTERS[port - 0x3F8]} register" if 0x3F8 <= port <= 0x3FF else ""
            return f"{name}(){note}"
    return "nobody: writes vanish" if is_write else "nobody: reads give ones"


def port_lines(spot, insn):
    """IN, OUT, INS, OUTS."""
    port = insn.immediate if insn.immediate is not None else spot.frame["edx"] & 0xFFFF
    is_write = insn.name.startswith("out")
    yield "port", f"{port:#x}, {insn.width} byte(s): {spot.device(port, is_write)}"
    if insn.name == "out":
        value = spot.frame["eax"] & (1 << 8 * insn.width) - 1
        yield "value", f"{value:#x}" + (f" '{chr(value)}'" if 32 <= value < 127 else "")
    elif insn.name != "in":
        yield "string", f"{'repeated ' + str(spot.frame['ecx']) + ' times' if insn.repeats else 'once'}"


def table_lines(spot, insn):
    """LGDT, LIDT: the six bytes in memory."""
    words, linear = operand_address(spot, insn)
    raw = spot.read(linear, 6)
    yield "operand", words
    yield "value", f"limit {int.from_bytes(raw[:2], 'little'):04x} base {int.from_bytes(raw[2:], 'little'):08x}"


def register_lines(spot, insn):
    """MOV to and from CRn, DRn: the virtual one is meant."""
    kind = insn.name[-2:].upper()
    if "from" in insn.name:
        yield "operand", f"{insn.register} := the guest's {kind}{insn.reg}"
    else:
        yield "operand", f"the guest's {kind}{insn.reg} := {insn.register} = {spot.frame[insn.register]:08x}"


def operand_lines(spot, insn):
    if insn.name in ("in", "out", "ins", "outs"):
        yield from port_lines(spot, insn)
    elif insn.name in ("lgdt", "lidt"):
        yield from table_lines(spot, insn)
    elif insn.name.startswith("mov") and insn.name[-2:] in ("cr", "dr"):
        yield from register_lines(spot, insn)
    elif insn.name == "int":
        yield "vector", spot.vector_words(insn.immediate)
    elif insn.memory:
        yield "operand", operand_address(spot, insn)[0]
    elif insn.register:
        yield "operand", f"{insn.register} = {spot.frame[insn.register]:08x}"


def permission(guest, privilege):
    ring, iopl = number(guest["ring"]), number(guest["iopl"])
    allowed = privilege == 0 or (ring <= iopl if privilege == 1 else ring == 0)
    verdict = "permitted" if allowed else "not permitted: #GP(0) goes to the guest"
    return f"{PRIVILEGES[privilege]}; virtual ring {ring}, IOPL {iopl}: {verdict}"


def show_lines(lines):
    for name, words in lines:
        say(f"  {name:<8} {words}")


def show_insn(spot, insn):
    say(f"  bytes    {spot.raw[:insn.length].hex(' ')}")
    say(f"  GDB      {disassembly(spot)}")
    say(f"  decoded  {insn.name}, {insn.length} byte(s)")
    show_lines(operand_lines(spot, insn))
    show_lines(spot.plan(insn))


def show_refusal(spot, reason):
    asm = disassembly(spot)
    say(f"  bytes    {spot.raw.hex(' ')}")
    say(f"  GDB      {asm}")
    say(f"  decoded  not: {reason}")
    if asm.split()[0].rstrip("lw") in SENSITIVE:
        say("  beware   sensitive, but not privileged: it does not trap, so the hypervisor will not see it")
    elif in_guest():
        say(f"  then     it runs by itself, in ring {spot.frame['cs'] & 3}, and nobody hears of it")
    else:
        say(f"  then     {spot.refusal()}")


def show(spot):
    special = spot.special()
    if special:
        say(f"  bytes    {spot.raw[:8].hex(' ')} ...")
        show_lines(special)
        return
    try:
        show_insn(spot, decode(spot.raw, spot.default_size))
    except NotDecoded as reason:
        show_refusal(spot, reason)


class Emulate(Command):
    """rl emulate: decodes the instruction at which the guest stands, and says what the hypervisor will do with it."""

    name = "emulate"

    def run(self, words):
        domain = current_domain()
        pv = pv_of(domain)
        spot = Spot(domain) if pv is None else RingSpot(pv, registers_now(domain))
        vector = spot.frame["vector"]
        say(f"  {title(domain)} at {spot.shown_cs:04x}:{spot.frame['eip']:08x}  {symbol_at(spot.linear)}")
        if in_guest():
            say("  the guest runs: this is the instruction it will execute next; it matters to us only if it traps")
        elif in_gate():
            say("  the CPU is in a stub or on a way out, so the frame may be the last trap's")
        elif vector != GP:
            say(f"  came in with vector {vector}, {vector_name(vector)}: "
                + ("nothing is decoded; it will go on here" if pv is None else spot.came_in(vector)))
        if in_guest() or vector != HYPERCALL_VECTOR:
            show(spot)


Emulate()
