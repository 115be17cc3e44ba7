/*
 * Guest memory, seen through the guest's own page tables (floor 2). Owns nothing; reads tables that the guest cannot
 * write and follows them as the CPU would, so what it finds is what the guest itself would reach (SDM vol. 3 4.4, 4.6).
 *
 *      address  31 30 | 29 21 | 20 12 | 11 0
 *                 |       |       |      +----------------------------- byte in the page
 *      pdpt[ . ] -+-> L2[ . ] -+-> L1[ . ] -> machine frame -> direct map
 *                      R/W  AND     R/W         must be in RAM that we have
 *
 * Invariant: no access of ours can fault, whatever the guest has put into a register.
 */
#include "guest_copy.h"
#include "errors.h"
#include "exercise.h"
#include "paging.h"
#include "text.h"

/*
 * Bytes from `address` to the end of its page, but not more than are asked for. The unit of all that follows: rights
 * and frames change from page to page, and never within one.
 */
static inline uint32_t page_part(uint32_t address, uint32_t count)
{
    uint32_t rest = PAGE_SIZE - (address & (PAGE_SIZE - 1));

    return count < rest ? count : rest;
}

/*
 * Exercise 2.4: is every page of [address, address + count) there for the purpose? A range that wraps around the end of
 * the address space is not. Nothing is copied before the whole of it is known to be good: a caller that gets -EFAULT
 * may count on its memory being as it was.
 */
static bool range_check(const struct pv_vcpu *pv, uint32_t address, uint32_t count, bool write)
{
    (void)pv, (void)address, (void)count, (void)write;
    EXERCISE("2.4");
}

/*
 * Exercise 2.4, both directions: page by page, for two pages that follow each other in the guest's addresses lie
 * anywhere in the machine's. The walk after the check finds what the check has found: the tables are not the guest's to
 * write, and no other CPU is there to change them in between.
 */
int32_t copy_from_guest(const struct pv_vcpu *pv, void *to, uint32_t from, uint32_t count)
{
    (void)pv, (void)to, (void)from, (void)count, (void)page_part, (void)range_check;
    EXERCISE("2.4");
}

int32_t copy_to_guest(const struct pv_vcpu *pv, uint32_t to, const void *from, uint32_t count)
{
    (void)pv, (void)to, (void)from, (void)count;
    EXERCISE("2.4");
}
