/* The page at ESI and the registers at entry: every field has a value that makes sense together with the others. */
/* expect: success */
/* words: one two */
#include "string.h"
#include "test.h"

/* The version in between is the hypervisor's own. */
static void magic_check(void)
{
    test_check(memcmp(start_info->magic, "xen-3.0", 7) == 0, "magic does not begin with xen-3.0");
    test_check(memcmp(start_info->magic + strlen(start_info->magic) - 4, "_32p", 4) == 0, "magic is not one of PAE");
}

/* Kernel, list of frames, this page, page tables and boot stack follow each other in that order (abi.md 1.2). */
static void order_check(void)
{
    uint32_t tables_end = start_info->pt_base + start_info->nr_pt_frames * PAGE_SIZE;

    test_check(start_info->mfn_list >= (uint32_t)image_end, "the list of frames lies in the kernel");
    test_check(start_info->mfn_list % PAGE_SIZE == 0, "the list of frames does not begin a page");
    test_check((uint32_t)start_info >= start_info->mfn_list + start_info->nr_pages * 4, "start_info lies in the list");
    test_check((uint32_t)start_info % PAGE_SIZE == 0, "start_info does not begin a page");
    test_check(start_info->pt_base > (uint32_t)start_info, "page tables lie before start_info");
    test_check(start_info->nr_pt_frames >= 6, "one L3, four L2 and an L1 at least");
    test_check(tables_end / PAGE_SIZE < start_info->nr_pages, "page tables lie beyond memory");
}

/* Domain 0 has neither ring: console_io is its console. */
static void flags_check(void)
{
    bool is_first = start_info->flags & SIF_INITDOMAIN;

    test_equal("unknown flags", start_info->flags & ~31u, 0);
    test_equal("offset in the machine address of shared_info", start_info->shared_info % PAGE_SIZE, 0);
    test_check(start_info->shared_info != 0, "shared_info has no address");
    if (is_first)
        return;
    test_check(start_info->store_mfn != 0 && start_info->console.mfn != 0, "no page for the store or the console");
    test_check(start_info->store_mfn != start_info->console.mfn, "store and console share a page");
}

void test_run(void)
{
    magic_check();
    order_check();
    flags_check();
    test_check(start_info->mod_start == 0 && start_info->mod_len == 0, "a module that nobody gave");
    print("start-info: %u pages, command line '%s'\n", start_info->nr_pages, start_info->cmd_line);
    test_check(string_equal(start_info->cmd_line, "one two") || start_info->cmd_line[0] == '\0',
               "the command line is not ours");
    test_success();
}
