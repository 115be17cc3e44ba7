/*
 * Exercises 2.3 and 2.4 on the machine: hypercalls from a guest that watches its registers, and pointers that no
 * hypervisor may follow.
 */
#include "check.h"
#include "check_system_boots.h"
#include "evidence_keys.h"
#include "evidence_record.h"

#define ENOSYS 38
#define EFAULT 14
#define EINVAL 22

static const struct boot boot_paging = { .guests = { "hypercall" }, .options = "isolation=paging" };
static const struct boot boot_segments = { .guests = { "hypercall" }, .options = "isolation=segments" };
static const struct boot boot_copy = { .guests = { "copy" } };

/* As guest hypercall draws them: its stack's pattern first, then the segments, then the registers. */
static uint32_t state_after_stack(void)
{
    uint32_t state = system_seed("hypercall");

    for (int i = 0; i < 64 + 1; i++)
        evidence_next(&state);
    return state;
}

static void registers_compare(void)
{
    static const char *const names[] = { "EAX", "ECX", "EDX", "EBX", "ESP", "EBP", "ESI", "EDI" };
    static const char *const segments[] = { "DS", "ES", "FS", "GS" };
    uint32_t state = state_after_stack();

    for (unsigned i = 0; i < KEYS_REGISTERS; i++) {
        uint32_t number = evidence_next(&state), observed = system_value("hypercall", HYPERCALL_REGISTERS + i);

        if (i == 0)
            check_fact(observed >> 16 >= 3 && observed >> 31 == 0, "EAX is the version, major << 16 | minor",
                       "it is %#x", observed);
        else if (i == 3)
            check_equal("EBX, the first argument", 0, observed); /* XENVER_VERSION */
        else
            check_equal(names[i], i == 4 ? system_value("hypercall", HYPERCALL_STACK) : number, observed);
    }
    check_equal("CF PF AF ZF SF DF OF of EFLAGS", evidence_next(&state) & KEYS_FLAGS,
                system_value("hypercall", HYPERCALL_FLAGS) & KEYS_FLAGS);
    for (unsigned i = 0; i < 4; i++)
        check_equal(segments[i], system_value("hypercall", HYPERCALL_SEGMENTS + i),
                    system_value("hypercall", HYPERCALL_SEGMENTS + 4 + i));
    check_equal("words of the guest's stack that changed", 0, system_value("hypercall", HYPERCALL_CANARY));
}

static void run_hypercall_machine(void)
{
    system_boot(&boot_paging);
    check_case("xen_version(0) in paging mode");
    registers_compare();
    system_boot(&boot_segments);
    check_case("xen_version(0) in segments mode");
    registers_compare();
}

static void run_hypercall_unknown(void)
{
    static const uint32_t numbers[8] = { 50, 63, 64, 65, 256 + 17, 0x7fffffff, 0x80000011, 0xffffffff };

    system_boot(&boot_paging);
    for (unsigned i = 0; i < 8; i++) {
        check_case("hypercall %#x", numbers[i]);
        check_equal("result, -ENOSYS", (uint32_t)-ENOSYS, system_value("hypercall", HYPERCALL_UNKNOWN + i));
    }
    check_case("all of these");
    check_equal("registers but EAX that changed", 0, system_value("hypercall", HYPERCALL_CHANGED));
}

static void run_multicall_machine(void)
{
    system_boot(&boot_copy);
    check_case("a list of six different calls");
    check_equal("result of a multicall in it, -EINVAL", (uint32_t)-EINVAL, system_value("copy", COPY_MULTI_NESTED));
    check_equal("entries with a wrong result", 0, system_value("copy", COPY_MULTI_ORDER));
    check_case("a list of 200 calls");
    check_equal("result of the multicall", 0, system_value("copy", COPY_MULTI_RETURN));
    check_equal("entries that were not carried out", 0, system_value("copy", COPY_MULTI_LONG));
    check_case("a list of 0x08000001 entries of 32 bytes each, of which two are there");
    check_equal("result of the multicall, -EFAULT", (uint32_t)-EFAULT, system_value("copy", COPY_SIZE_RETURN));
    check_equal("entries that were carried out", 0, system_value("copy", COPY_SIZE_CALLED));
}

static void run_copy_machine(void)
{
    system_boot(&boot_copy);
    check_case("1024 bytes written to two pages, which are no neighbours in the machine");
    check_equal("result of xen_version(3)", 0, system_value("copy", COPY_CROSS));
    check_equal("bytes that are wrong, there or around them", 0, system_value("copy", COPY_CROSS_WRONG));
    check_case("a multicall's list read from two pages");
    check_equal("result of multicall", 0, system_value("copy", COPY_LIST));
    check_equal("entries with a wrong result", 0, system_value("copy", COPY_LIST_RESULTS));
}

static void run_copy_hostile(void)
{
    static const char *const writes[] = { "no page is mapped", "the guest's memory ends, 8 bytes on",
                                          "the M2P table begins",
                                          "the M2P table begins, 8 bytes on", "the trap page is", "the hypervisor is",
                                          "all addresses end, 8 bytes on", "a page table is, read-only to the guest" };
    static const char *const reads[] = { "no page is mapped", "the M2P table begins", "all addresses end, 8 bytes on",
                                         "the direct map has the guest's own page" };

    system_boot(&boot_copy);
    for (unsigned i = 0; i < 8; i++) {
        check_case("16 bytes to be written where %s", writes[i]);
        check_equal("result, -EFAULT", (uint32_t)-EFAULT, system_value("copy", COPY_BAD + i));
    }
    check_case("the bytes just before the end of the guest's memory");
    check_equal("bytes that changed although the answer was -EFAULT", 0, system_value("copy", COPY_HALF));
    check_case("16 bytes to be written where the direct map has the guest's own page");
    check_equal("result, -EFAULT", (uint32_t)-EFAULT, system_value("copy", COPY_DIRECT));
    check_equal("bytes that changed", 0, system_value("copy", COPY_DIRECT_CHANGED));
    for (unsigned i = 0; i < 4; i++) {
        check_case("bytes to be read where %s", reads[i]);
        check_equal("result, -EFAULT", (uint32_t)-EFAULT, system_value("copy", COPY_BAD_READ + i));
    }
}

static const struct check checks[] = {
    { .name = "hypercall-machine", .exercise = "2.3", .points = 2, .kind = CHECK_SYSTEM,
      .invariant = "A hypercall's result is in EAX, and all other registers, segments and the stack are as before.",
      .where = "hypercall.c: ring_hypercall()",
      .causes = { "the number is in EAX, the first argument in EBX",
                  "the result goes into the frame, from which registers are restored" },
      .requires = { "start-segments" }, .run = run_hypercall_machine },
    { .name = "hypercall-unknown", .exercise = "2.3", .points = 1, .kind = CHECK_SYSTEM,
      .invariant = "A hypercall that no floor has, whatever its number, is -ENOSYS and changes EAX alone.",
      .where = "hypercall.c: ring_hypercall()",
      .causes = { "the number is cut to 8 bits or used as an index before it is compared",
                  "-ENOSYS is told and not returned" },
      .requires = { "hypercall-machine" }, .run = run_hypercall_unknown },
    { .name = "multicall-machine", .exercise = "2.3", .points = 2, .kind = CHECK_SYSTEM,
      .invariant = "All entries of a list are carried out in their order, however long it is, but no list in a list.",
      .where = "hypercall.c: multicall()",
      .causes = { "lists are copied by exercise 2.4: is that written?",
                  "hypercall_again() is given the whole list or the whole count again",
                  "an entry that fails ends the list",
                  "count * sizeof(entry) has 32 bits in the hypervisor, whatever it has on your machine: cast first" },
      .requires = { "hypercall-machine" }, .run = run_multicall_machine },
    { .name = "copy-machine", .exercise = "2.4", .points = 2, .kind = CHECK_SYSTEM,
      .invariant = "What a hypercall reads and writes may lie in two pages of the guest.",
      .where = "guest_copy.c: copy_to_guest()",
      .causes = { "the second page is taken to follow the first in the machine",
                  "the part in the first page is counted from the page's start" },
      .requires = { "hypercall-machine" }, .run = run_copy_machine },
    { .name = "copy-hostile", .exercise = "2.4", .points = 3, .kind = CHECK_SYSTEM,
      .invariant = "A pointer to nothing, the hypervisor or a read-only page, and one that wraps, is -EFAULT.",
      .where = "guest_copy.h: guest_pointer()",
      .causes = { "what is above 0xf5800000 is mapped for the guest too: look at the address first",
                  "a range is copied page by page before all of it is known to be good",
                  "address + count wraps", "R/W of the L1 entry is not looked at" },
      .requires = { "copy-machine" }, .run = run_copy_hostile },
};
CHECKS(checks);
