/* Writes control registers with what they cannot hold: reserved bits of CR4, PG without PE, NW without CD in CR0:
   #GP(0) each, and the registers keep their value (SDM vol. 2, MOV to control registers). QEMU's own processor does
   not check all of this. */
/* expect: success */
/* native: no */
#include "test.h"

#define CR0_NW 0x20000000u

static void cr4_reserved_high(void)
{
    cr4_write(0x80000000u);
}

static void cr4_all(void)
{
    cr4_write(0xFFFFFFFFu);
}

static void cr0_paging_unprotected(void)
{
    cr0_write((cr0_read() | CR0_PG) & ~CR0_PE);
}

static void cr0_not_write_through(void)
{
    cr0_write((cr0_read() | CR0_NW) & ~0x40000000u);
}

void test_run(void)
{
    uint32_t cr0 = cr0_read();
    uint32_t cr4 = cr4_read();

    test_expect("CR4 bit 31", cr4_reserved_high, VECTOR_PROTECTION, 0);
    test_expect("CR4 all ones", cr4_all, VECTOR_PROTECTION, 0);
    test_expect("CR0 PG without PE", cr0_paging_unprotected, VECTOR_PROTECTION, 0);
    test_expect("CR0 NW without CD", cr0_not_write_through, VECTOR_PROTECTION, 0);
    test_check(cr0_read() == cr0 && cr4_read() == cr4, "a refused write changed the register");
    test_success();
}
