/* What ring 3 may do is what the U and RW bits of all levels allow; else the kernel gets the fault, with the bit that
   says ring 3 in its error code. */
/* expect: success */
#include "test.h"

USER_DATA static uint32_t user_address = 1;

USER_CODE static uint32_t user_touch(uint32_t address)
{
    *(volatile uint32_t *)address = 0xFEED;
    return *(volatile uint32_t *)address;
}

static uint32_t (*program)(uint32_t);

static void program_run(void)
{
    user_run(program, user_address);
}

/* The entries' rights, of L1 and L2; error 0: it must pass. */
static void rights_check(const char *name, uint32_t page_rights, uint32_t table_rights, uint32_t (*code)(uint32_t),
                         uint32_t error)
{
    static uint64_t *page, *l1;

    if (page == NULL) {
        page = page_fresh();
        l1 = page_fresh();
        page_close(l1);
    }
    test_result(name, table_set(table_l2(1), 0, entry_of(l1, table_rights)), 0);
    test_result(name, page_map(ADDRESS_FREE, entry_of(page, page_rights)), 0);
    program = code;
    user_address = ADDRESS_FREE;
    if (error == 0)
        test_expect_quiet(name, program_run);
    else
        test_equal(name, test_expect(name, program_run, VECTOR_PAGE, error).cr2, ADDRESS_FREE);
    test_check(!address_is_closed(ADDRESS_FREE, probe_read), "the kernel may read it in any case");
}

void test_run(void)
{
    const uint32_t user = PAGE_ERROR_USER | PAGE_ERROR_PRESENT;

    tables_demand();
    rights_check("all", RIGHTS_ALL, RIGHTS_ALL, user_touch, 0);
    rights_check("read", RIGHTS_READ, RIGHTS_ALL, user_read, 0);
    rights_check("write to read-only", RIGHTS_READ, RIGHTS_ALL, user_touch, user | PAGE_ERROR_WRITE);
    rights_check("write, read-only L2", RIGHTS_ALL, RIGHTS_READ, user_touch, user | PAGE_ERROR_WRITE);
    rights_check("the kernel's page", RIGHTS_ALL & ~PAGE_USER, RIGHTS_ALL, user_read, user);
    rights_check("the kernel's page, write", RIGHTS_ALL & ~PAGE_USER, RIGHTS_ALL, user_touch, user | PAGE_ERROR_WRITE);
    rights_check("the kernel's table", RIGHTS_ALL, RIGHTS_ALL & ~PAGE_USER, user_read, user);
    rights_check("all again", RIGHTS_ALL, RIGHTS_ALL, user_touch, 0);
    window_close();
    user_address = ADDRESS_FREE;
    program = user_read;
    test_expect("not present", program_run, VECTOR_PAGE, PAGE_ERROR_USER);
    user_address = ADDRESS_GATE;
    test_expect_closed("gate area", program_run);
    user_address = ADDRESS_HOLE;
    test_expect_closed("the hypervisor", program_run);
    user_address = MACH2PHYS_VIRT_START;
    test_expect_closed("M2P: for ring 1", program_run);
    test_success();
}
