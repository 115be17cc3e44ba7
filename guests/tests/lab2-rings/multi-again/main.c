/* Entries of a list that are too long for one trap: each goes on where it was, in its own place of the list, and those
   behind it run once, after it. The kernel's registers and EIP are the list's, not the entry's, and at the end they are
   what they were. */
/* expect: success */
#include "test.h"

#define LINES   100         /* of 64 bytes: more than a console call takes at once */
#define ENTRIES 200         /* likewise for operations on page tables, and for the list itself */

static char text[LINES * 64];
static uint64_t table[DESCRIPTORS_PER_PAGE] __attribute__((aligned(4096)));
static uint32_t done;       /* operations, as mmuext_op tells it */
static struct mmuext_op operations[ENTRIES];
static struct multicall_entry list[ENTRIES];

/* Each of them takes away the LDT that is not there: as harmless as a hypercall can be. */
static void lists_fill(void)
{
    for (unsigned i = 0; i < sizeof(text); i++)
        text[i] = i % 64 == 63 ? '\n' : 'a' + i / 64 % 26;
    for (unsigned i = 0; i < ENTRIES; i++) {
        operations[i] = (struct mmuext_op){ .cmd = MMUEXT_SET_LDT };
        list[i] = (struct multicall_entry){ .op = HYPERCALL_XEN_VERSION, .args = { XENVER_PAGESIZE } };
    }
}

static void results_check(unsigned from, unsigned to)
{
    for (unsigned i = from; i < to; i++)
        test_result("an entry behind a long one", (int32_t)list[i].result, 4096);
}

/* The count is told across all the traps that the call took. */
static void done_check(void)
{
    struct hypercall_registers registers = {
        .eax = HYPERCALL_MMUEXT_OP, .ebx = (uint32_t)operations, .ecx = ENTRIES, .edx = (uint32_t)&done,
        .esi = DOMID_SELF,
    };

    hypercall_raw(&registers);
    if ((int32_t)registers.eax == -ENOSYS)
        return;
    test_equal("mmuext_op", registers.eax, 0);
    test_equal("how many it has done", done, ENTRIES);
    test_equal("ECX of mmuext_op", registers.ecx, ENTRIES);
}

static void list_run(unsigned count)
{
    struct hypercall_registers registers = {
        .eax = HYPERCALL_MULTICALL, .ebx = (uint32_t)list, .ecx = count, .esi = 0x11, .edi = 0x22, .ebp = 0x33,
    };

    hypercall_raw(&registers);
    test_equal("result of the list", registers.eax, 0);
    test_equal("EBX", registers.ebx, (uint32_t)list);
    test_equal("ECX", registers.ecx, count);
    test_equal("ESI", registers.esi, 0x11);
    test_equal("EDI", registers.edi, 0x22);
    test_equal("EBP", registers.ebp, 0x33);
}

/* Operations that take long each: page after page of empty descriptors to be checked. */
static void long_check(void)
{
    for (unsigned i = 0; i < 8; i++)
        operations[i] = (struct mmuext_op){ .cmd = MMUEXT_SET_LDT, .arg1 = (uint32_t)table, .arg2 = i < 7 ? 512 : 0 };
    for (unsigned i = 0; i < 8; i++)
        list[i] = (struct multicall_entry){ .op = HYPERCALL_MMUEXT_OP, .result = 1,
                                            .args = { (uint32_t)operations, 8, (uint32_t)&done, DOMID_SELF } };
    list_run(8);
    if ((int32_t)list[0].result == -ENOSYS)
        return;
    for (unsigned i = 0; i < 8; i++)
        test_result("a list of long ones", (int32_t)list[i].result, 0);
    test_equal("the last one's count", done, 8);
}

void test_run(void)
{
    descriptors_protect(table);
    lists_fill();
    list[1] = (struct multicall_entry){ .op = HYPERCALL_CONSOLE_IO, .result = 1,
                                        .args = { CONSOLE_WRITE, sizeof(text), (uint32_t)text } };
    list[3] = list[1];
    list_run(6);
    test_result("the first", (int32_t)list[0].result, 4096);
    test_result("console_io", (int32_t)list[1].result, 0);
    test_result("the one between", (int32_t)list[2].result, 4096);
    test_result("console_io again", (int32_t)list[3].result, 0);
    results_check(4, 6);
    lists_fill();
    list[1] = (struct multicall_entry){ .op = HYPERCALL_MMUEXT_OP, .result = 1,
                                        .args = { (uint32_t)operations, ENTRIES, 0, DOMID_SELF } };
    list_run(ENTRIES);
    test_check((int32_t)list[1].result == 0 || (int32_t)list[1].result == -ENOSYS, "mmuext_op in a list");
    results_check(2, ENTRIES);
    done_check();
    long_check();
    test_success();
}
