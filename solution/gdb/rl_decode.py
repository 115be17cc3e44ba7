"""
Decoding one instruction the way decode.c does, from the hypervisor's own opcode tables (decode_table.c). Written apart
from the exercise: it works while the student's decoder does not, and looks at the bytes only. Pure, given the tables.
"""
import gdb

from rl_memory import Unreadable, hypervisor, number, read_bytes, variable

KNOWN, GROUP, UNDEFINED, MODRM, IMMEDIATE, REPEATS, MEMORY_ONLY, MEMORY_ELSE, MOD_IGNORED, CONTROL_REG, NOT_AFTER_F3, \
    PREFIX = (1 << bit for bit in range(12))
SEGMENT_PREFIXES = {0x26: "es", 0x2E: "cs", 0x36: "ss", 0x3E: "ds", 0x64: "fs", 0x65: "gs"}
REGISTERS = ("eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi")
PAIRS_16 = (("ebx", "esi"), ("ebx", "edi"), ("ebp", "esi"), ("ebp", "edi"), ("esi",), ("edi",), ("ebp",), ("ebx",))
CONTROL_REGISTERS = (0, 2, 3, 4)


class NotDecoded(Exception):
    """Why the hypervisor does not emulate these bytes: a sentence."""


class Insn:
    """What decode.h calls struct insn, as far as it is shown. `memory` is (segment, registers and scales, offset)."""

    def __init__(self):
        self.name, self.op, self.length, self.width = "", 0, 0, 4
        self.repeats, self.reg, self.immediate, self.memory, self.register = False, 0, None, None, None


def op_names():
    """Numbers and names of enum insn_op, from the debugging information."""
    objfile = hypervisor()
    symbol = objfile.lookup_static_symbol("INSN_CLI", gdb.SYMBOL_VAR_DOMAIN)
    if symbol is None:
        raise Unreadable("this hypervisor's debugging information does not have enum insn_op.")
    return {field.enumval: field.name[5:].lower().replace("_", " ") for field in symbol.type.fields()}


def table_row(name, index):
    """One struct encoding: operation, width, flags."""
    raw = read_bytes(variable(name).address + 4 * index, 4)
    return raw[0], raw[1], int.from_bytes(raw[2:], "little")


class Reader:
    def __init__(self, raw):
        self.raw, self.at = raw, 0

    def take(self, count=1):
        if self.at + count > min(len(self.raw), 15):
            raise NotDecoded("the bytes end before the instruction does (DECODE_MORE)")
        value = int.from_bytes(self.raw[self.at:self.at + count], "little", signed=count > 1)
        self.at += count
        return value

    def peek(self):
        value = self.take()
        self.at -= 1
        return value


def signed_byte(value):
    return value - 256 if value > 127 else value


def prefixes_take(reader):
    found = {"operand": False, "address": False, "lock": False, "rep": 0, "segment": None}
    while table_row("encoding_one_byte", reader.peek())[2] & PREFIX:
        byte = reader.take()
        if byte in SEGMENT_PREFIXES:
            found["segment"] = SEGMENT_PREFIXES[byte]
        elif byte in (0xF2, 0xF3):
            found["rep"] = byte
        else:
            found[{0x66: "operand", 0x67: "address", 0xF0: "lock"}[byte]] = True
    return found


def opcode_take(reader, prefixes):
    """The table's row for this opcode; a group's row is chosen by ModRM.reg."""
    byte, table = reader.take(), "encoding_one_byte"
    if byte == 0x0F:
        byte, table = reader.take(), "encoding_two_byte"
    op, width, flags = table_row(table, byte)
    if flags & GROUP:
        op, width, flags = table_row("encoding_group", 8 * op + (reader.peek() >> 3 & 7))
    if not flags & KNOWN or (flags & NOT_AFTER_F3 and prefixes["rep"] == 0xF3):
        raise NotDecoded("this is no instruction that it emulates (DECODE_REFUSED)")
    if flags & UNDEFINED or prefixes["lock"]:
        raise NotDecoded("#UD by definition (DECODE_INVALID)")
    return op, width, flags


def memory_take(reader, modrm, wide):
    """Registers with their scales, and the displacement, of a memory operand (SDM vol. 2 tables 2-1 to 2-3)."""
    mod, rm = modrm >> 6, modrm & 7
    if not wide:
        parts = [] if mod == 0 and rm == 6 else [(name, 1) for name in PAIRS_16[rm]]
        return parts, displacement(reader, mod, 2, not parts)
    parts, base = [], rm
    if rm == 4:
        sib = reader.take()
        base = sib & 7
        if sib >> 3 & 7 != 4:
            parts.append((REGISTERS[sib >> 3 & 7], 1 << (sib >> 6)))
    absolute = mod == 0 and base == 5
    if not absolute:
        parts.insert(0, (REGISTERS[base], 1))
    return parts, displacement(reader, mod, 4, absolute)


def displacement(reader, mod, size, absolute):
    if mod == 1:
        return signed_byte(reader.take())
    return reader.take(size) if mod == 2 or absolute else 0


def modrm_take(insn, reader, prefixes, flags, wide):
    modrm = reader.take()
    insn.reg = modrm >> 3 & 7
    if flags & CONTROL_REG and insn.reg not in CONTROL_REGISTERS:
        raise NotDecoded(f"CR{insn.reg} does not exist: #UD (DECODE_INVALID)")
    if modrm >> 6 == 3 or flags & MOD_IGNORED:
        if flags & MEMORY_ONLY:
            raise NotDecoded("a register where memory is required: #UD (DECODE_INVALID)")
        if flags & MEMORY_ELSE:
            raise NotDecoded("with a register this is another instruction (DECODE_REFUSED)")
        insn.register = REGISTERS[modrm & 7]
        return
    parts, offset = memory_take(reader, modrm, wide)
    on_stack = parts and parts[0][0] in ("esp", "ebp")
    insn.memory = (prefixes["segment"] or ("ss" if on_stack else "ds"), parts, offset)


def decode(raw, default_size):
    """An Insn, or NotDecoded. default_size is that of the code segment, 2 or 4."""
    reader, insn = Reader(raw), Insn()
    prefixes = prefixes_take(reader)
    insn.op, width, flags = opcode_take(reader, prefixes)
    insn.width = width or (6 - default_size if prefixes["operand"] else default_size)
    insn.wide = (default_size == 4) != prefixes["address"]
    if flags & MODRM:
        modrm_take(insn, reader, prefixes, flags, insn.wide)
    if flags & IMMEDIATE:
        insn.immediate = reader.take()
    insn.repeats = bool(flags & REPEATS and prefixes["rep"])
    insn.length = reader.at
    insn.name = op_names().get(insn.op, f"operation {insn.op}")
    return insn


def operation(op):
    """The hypervisor's handler for an operation: function name, privilege (0 any, 1 IOPL, 2 ring 0), sets EIP."""
    table = variable("operations")
    if op > table.type.range()[1]:
        raise Unreadable(f"operation {op} is outside the table of emulate.c.")
    entry = table[op]
    return number(entry["execute"]), number(entry["privilege"]), bool(number(entry["sets_eip"]))
