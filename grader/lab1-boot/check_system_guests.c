/*
 * Exercises 1.3 to 1.5 on the machine: guests that execute the instructions and leave what came of it under the key of
 * this grading. Expected values follow from the guest's seed alone.
 */
#include "check.h"
#include "evidence_record.h"
#include "system.h"
#include "wire.h"

static const struct boot boot_forms = { .guests = { "forms" } };
static const struct boot boot_control = { .guests = { "control" } };
static const struct boot boot_ports = { .guests = { "ports" } };

static void run_decode_machine(void)
{
    static const char *const forms[FORMS_COUNT] = {
        "ax", "[ebx]", "[esi + 7fh]", "[edi - 12345h]", "[address]", "[ebp + 8]", "[ebx + esi * 4]",
        "[eax + edi * 2 + 4]", "[ecx * 8 - 64]", "[esp + 16]", "fs:[ebx], after 66 2e f2 64", "[bx + si - 2], after 67",
    };
    uint32_t state;

    system_boot(&boot_forms);
    state = system_seed("forms");
    for (uint32_t form = 0; form < FORMS_COUNT; form++) {
        check_case("CR0 after lmsw %s", forms[form]);
        check_equal("PE MP EM TS", (evidence_next(&state) & 0xe) | 1, system_value("forms", FORMS_FIRST + form));
    }
    check_case("mov ebx, cr0 encoded with mod 0");
    check_equal("PE MP EM TS", (evidence_next(&state) & 0xe) | 1, system_value("forms", FORMS_MOV));
}

static void run_emulate_machine(void)
{
    uint32_t state, number, numbers[256];

    system_boot(&boot_control);
    state = system_seed("control");
    number = evidence_next(&state);
    check_equal("CR0", (number & 0x0005003f) | 0x11, system_value("control", CONTROL_CR0));
    check_equal("CR2", evidence_next(&state), system_value("control", CONTROL_CR2));
    check_equal("CR3", evidence_next(&state), system_value("control", CONTROL_CR3));
    check_equal("CR4", evidence_next(&state) & 0x3f, system_value("control", CONTROL_CR4));
    for (int i = 0; i < 256; i++)
        numbers[i] = evidence_next(&state);
    check_case("a segment of a table loaded with lgdt");
    check_equal("word read through FS", numbers[2], system_value("control", CONTROL_WORD));
    check_case("a segment of a table loaded with lgdt of 16-bit operand size");
    check_equal("word read through FS", numbers[103], system_value("control", CONTROL_WORD_16));
    check_case("push and pop after lss, mov ss and pop ss");
    check_equal("word on the new stack", evidence_next(&state), system_value("control", CONTROL_STACK));
    check_case("cli; hlt at the guest's end");
    system_expect_exit(33);
}

static void run_ports_machine(void)
{
    uint32_t state, scratch, mask, last[200];

    system_boot(&boot_ports);
    state = system_seed("ports");
    scratch = evidence_next(&state) & 0xff;
    mask = evidence_next(&state) & 0xff;
    check_case("COM1's scratch register");
    check_equal("byte read", scratch, system_value("ports", PORTS_SCRATCH));
    check_case("a doubleword read at port 0x3fd: line status, modem status, scratch, nobody");
    check_equal("value", 0xff00b060 | scratch << 16, system_value("ports", PORTS_WIDE));
    check_case("a doubleword where nobody answers");
    check_equal("value", 0xffffffff, system_value("ports", PORTS_NOBODY));
    check_case("a word written at port 0x20: command and mask of the PIC");
    check_equal("mask", mask, system_value("ports", PORTS_MASK));
    for (int i = 0; i < 200; i++)
        last[i] = evidence_next(&state) & 0xff;
    check_case("rep outsb of 100 bytes upwards");
    check_equal("last byte sent", last[99], system_value("ports", PORTS_UP));
    check_case("rep outsb of 90 bytes downwards");
    check_equal("last byte sent", last[61], system_value("ports", PORTS_DOWN));
    check_case("repne insb of 200 bytes");
    check_equal("sum of the bytes", (evidence_next(&state) & 0xff) * 200, system_value("ports", PORTS_SUM));
    check_equal("ECX afterwards", 0, system_value("ports", PORTS_LEFT));
    check_equal("EDI afterwards, from its start", 200, system_value("ports", PORTS_END));
}

static const struct check checks[] = {
    { .name = "decode-machine", .exercise = "1.3", .points = 2, .kind = CHECK_SYSTEM,
      .invariant = "On the machine a guest's LMSW takes its operand from wherever its encoding says.",
      .where = "decode.c: decode()", .stop = "emulate_lmsw",
      .causes = { "the instruction is carried out by exercise 1.4: is that written?",
                  "the checks before this one try the same forms one by one" },
      .requires = { "decode-opcodes", "entry-registers" }, .run = run_decode_machine },
    { .name = "emulate-machine", .exercise = "1.4", .points = 2, .kind = CHECK_SYSTEM,
      .invariant = "On the machine a guest's control registers, descriptor table and stack segment are its own.",
      .where = "emulate.c: emulate()",
      .causes = { "the instruction is decoded by exercise 1.3: is that written?",
                  "the checks before this one try the same instructions one by one" },
      .requires = { "decode-machine", "operand", "mov-to-cr" }, .run = run_emulate_machine },
    { .name = "ports-machine", .exercise = "1.5", .points = 2, .kind = CHECK_SYSTEM,
      .invariant = "On the machine a guest's port instructions of all widths reach its virtual devices.",
      .where = "ports.c: port_read()",
      .causes = { "the instruction is decoded by exercise 1.3 and permitted by 1.4: are those written?",
                  "the checks before this one try the same accesses one by one" },
      .requires = { "decode-machine", "in-out", "string-steps" }, .run = run_ports_machine },
};
CHECKS(checks);
