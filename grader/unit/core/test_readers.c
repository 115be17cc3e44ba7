/*
 * Tests of what reads foreign bytes (host side): sanitizer and compiler output, ELF files cut off at every byte and
 * with every byte changed, and the keyed sum of evidence against the values published with SipHash.
 */
/* sources: report.c elf_file.c sandbox.c fence.c system_fault.c ../host/scratch.c */
/* libs: -lseccomp */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../core/elf_file.h"
#include "../../core/evidence_record.h"
#include "../../core/report.h"
#include "../../core/system_private.h"
#include "../../host/scratch.h"

#define KERNEL BUILD_FOLDER "/guests/tests/lab1-boot/triple-fault.elf"

static const char address_report[] =
    "==7==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x602000000014\n"
    "WRITE of size 1 at 0x602000000014 thread T0\n"
    "    #0 0x55d1 in segment_pack /tmp/x/labs/lab1-boot/segments.c:24\n"
    "    #1 0x55d2 in run_segment_pack grader/lab1-boot/executor_pure.c:18\n"
    "    #2 0x7f15 in __libc_start_call_main ../sysdeps/nptl/libc_start_call_main.h:58\n"
    "\n"
    "0x602000000014 is located 0 bytes to the right of\n"
    "    #0 0x55d9 in malloc (/lib/libasan.so.8+0x1)\n"
    "    #1 0x55da in other /tmp/x/labs/lab1-boot/other.c:3\n";

static void text_check(char *text, const char *expected)
{
    assert_string_equal(text, expected);
    free(text);
}

static void test_reports(void **state)
{
    (void)state;
    text_check(report_death(address_report, 0), "memory error: heap-buffer-overflow");
    text_check(report_stack(address_report), "segment_pack at segments.c:24\n");
    text_check(report_death("/a/b.c:3:5: runtime error: shift exponent 32\n", 0),
               "b.c:3:5: runtime error: shift exponent 32");
    text_check(report_death("forbidden system call 57\n", 0),
               "it called the operating system (fork), which hypervisor code has no business to do");
    text_check(report_death("", 9), "it does not come back: an endless loop?");
    text_check(report_death("", 0x300), "its program ended by itself (exit status 3) before it answered");
    text_check(report_stack(""), "");
    text_check(report_stack("    #0"), "");
}

static void test_compile(void **state)
{
    char linker[] = "/usr/bin/ld: /tmp/s/build/x.o: in function `f':\n/tmp/s/labs/a.c:3: undefined reference to `g'\n";

    (void)state;
    text_check(report_compile("In file included from x:\n/tmp/s/a.c:1:2: error: expected ';'\nb.c:1: error: no\n"),
               "a.c:1:2: error: expected ';'");
    report_scrub(linker, "/tmp/s");
    text_check(report_compile(linker), "a.c:3: undefined reference to `g'");
    text_check(report_compile(""), "");
    text_check(report_compile("only this"), "only this");
    assert_string_equal(report_tail("1\n2\n3\n", 2), "2\n3\n");
    assert_string_equal(report_tail("1", 2), "1");
    assert_string_equal(report_tail("", 2), "");
}

static void test_elf_good(void **state)
{
    struct elf_file file;

    (void)state;
    assert_true(elf_load(&file, KERNEL));
    uint32_t start = elf_address(&file, "start");
    assert_true(start >= 0x100000);
    text_check(elf_place(&file, start + 1), "start+0x1");
    assert_int_equal(elf_address(&file, "no such symbol"), 0);
    assert_non_null(elf_bytes(&file, start, 4));
    assert_null(elf_bytes(&file, 0xfffffffe, 4));
    elf_free(&file);
    assert_false(elf_load(&file, "/etc/passwd"));
    assert_false(elf_load(&file, "/nowhere"));
}

static void elf_exercise(const struct elf_file *file)
{
    free(elf_place(file, 0x100004));
    elf_address(file, "guest_main");
    elf_bytes(file, 0x100000, 8);
}

/* The sanitizers watch: no byte beyond the file is touched, whatever its headers say. */
static void test_elf_bad(void **state)
{
    struct elf_file file;

    (void)state;
    assert_true(elf_load(&file, KERNEL));
    size_t step = file.size / 400 + 1;
    for (size_t size = 0; size < file.size; size += size < 256 ? 1 : step) {
        struct elf_file part = { memory_resize(NULL, size + 1), size };
        memcpy(part.bytes, file.bytes, size);
        elf_exercise(&part);
        free(part.bytes);
    }
    for (size_t i = 0; i < 256; i++) { /* the headers */
        uint8_t old = file.bytes[i];
        file.bytes[i] ^= 0xff;
        elf_exercise(&file);
        file.bytes[i] = old;
    }
    elf_free(&file);
}

/* SipHash paper, appendix A, and the reference vectors for inputs 00, 00 01, ... under key 00..0f. */
static void test_sum(void **state)
{
    uint8_t secret[16], bytes[15];

    (void)state;
    for (int i = 0; i < 16; i++)
        secret[i] = (uint8_t)i;
    for (int i = 0; i < 15; i++)
        bytes[i] = (uint8_t)i;
    assert_true(evidence_sum(secret, bytes, 15) == 0xa129ca6149be45e5u);
    assert_true(evidence_sum(secret, bytes, 0) == 0x726fdb47dd0e0e31u);
    assert_true(evidence_sum(secret, bytes, 8) == 0x93f5f5799a932462u);
}

static void test_fault(void **state)
{
    static const char log[] = "     0: v=20 e=0000 i=0 cpl=3 IP=000b:00100010 pc=00100010 SP=0013:00105ff0\n"
                              "check_exception old: 0xffffffff new 0xd\n"
                              "     1: v=0d e=0018 i=0 cpl=0 IP=e008:00100004 pc=00100004 SP=e010:f8105ff0\n"
                              "check_exception old: 0xd new 0xe\n"
                              "     2: v=08 e=0000 i=0 cpl=0 IP=e008:00100004 pc=00100004 SP=e010:f8105ff0\n"
                              "Triple fault\n";
    struct elf_file none = { NULL, 0 };
    char *text = system_fault_decode(log, &none);

    (void)state;
    assert_non_null(strstr(text, "triple fault: the CPU could not deliver"));
    assert_non_null(strstr(text, "#GP general protection, error code 0x18, in ring 0 at eip 00100004"));
    free(text);
    text = system_fault_decode("", &none);
    assert_non_null(strstr(text, "reset itself"));
    free(text);
    text = system_registers_decode("EAX=00000001 ...\nEIP=00000020 EFL=00000002 [-------] CPL=3 II=0 HLT=0\n", &none);
    assert_non_null(strstr(text, "eip 00000020, ring 3"));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reports), cmocka_unit_test(test_compile), cmocka_unit_test(test_elf_good),
        cmocka_unit_test(test_elf_bad), cmocka_unit_test(test_sum), cmocka_unit_test(test_fault),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
