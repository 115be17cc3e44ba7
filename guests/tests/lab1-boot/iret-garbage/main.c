/* Returns to code segments that are null, data, absent, beyond the table, or the hypervisor's: #GP or #NP with the
   selector, at the iret itself, with the stack as it was (SDM vol. 2, IRET). */
/* expect: success */
/* native: yes */
#include "test.h"

static uint32_t selector;
extern const char iret_site[];

static void return_there(void)
{
    __asm__ volatile("pushl $2; pushl %0; pushl $1f\n"
                     ".global iret_site\n"
                     "iret_site: iret\n"
                     "1:" : : "r"(selector) : "memory");
}

static void check_return(const char *name, uint32_t bad, uint32_t vector)
{
    struct trap_record record;

    selector = bad;
    record = test_expect(name, return_there, vector, bad & 0xFFFC);
    test_check(record.eip == (uint32_t)iret_site, "the fault was not reported at the iret");
}

void test_run(void)
{
    check_return("null", 0, VECTOR_PROTECTION);
    check_return("null, ring 3", 3, VECTOR_PROTECTION);
    check_return("data segment", SELECTOR_KERNEL_DATA, VECTOR_PROTECTION);
    check_return("absent", SELECTOR_ABSENT_CODE, VECTOR_NOT_PRESENT);
    check_return("beyond the table", SELECTOR_BEYOND, VECTOR_PROTECTION);
    check_return("ring 0 code with RPL 1", SELECTOR_KERNEL_CODE | 1, VECTOR_PROTECTION);
    check_return("a hypervisor's ring 0", 0xE008, VECTOR_PROTECTION);
    check_return("a hypervisor's ring 1", 0xE019, VECTOR_PROTECTION);
    check_return("a hypervisor's ring 3", 0xE02B, VECTOR_PROTECTION);
    test_success();
}
