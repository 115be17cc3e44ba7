/* shared_info, mapped: time that goes on, the mask of events as iret leaves it; mapped twice, and read-only, and not at
   all. */
/* expect: success */
#include "test.h"

/* Version odd: the hypervisor writes just now. */
static uint64_t time_read(const volatile struct vcpu_time_info *time)
{
    uint32_t version;
    uint64_t result;

    do {
        version = time->version;
        __asm__ volatile("" : : : "memory");
        result = time->system_time;
        __asm__ volatile("" : : : "memory");
    } while ((version & 1) || version != time->version);
    return result;
}

static void mask_check(const volatile struct vcpu_info *info)
{
    for (unsigned i = 0; i < 4; i++) {
        events_set_mask(i & 1);
        test_equal("mask", info->evtchn_upcall_mask, i & 1);
    }
    events_set_mask(true);
}

void test_run(void)
{
    tables_demand();
    test_check(shared_info != NULL, "shared_info is not mapped");
    volatile struct shared_info *shared = shared_info, *second = (volatile struct shared_info *)page_fresh();
    const volatile struct vcpu_time_info *time = (const volatile struct vcpu_time_info *)&shared->vcpu_info[0].time;

    test_check(time->tsc_to_system_mul != 0, "no rate of the clock");
    test_check(shared->wc_version % 2 == 0 && shared->wc_sec > 1000000000, "no time of day");
    test_check(time_read(time) > 0 || time->tsc_timestamp > 0, "no time");
    test_equal("mask", shared->vcpu_info[0].evtchn_upcall_mask, 1);
    mask_check(&shared->vcpu_info[0]);
    test_result("a second mapping", page_map((uint32_t)second, start_info->shared_info | RIGHTS_ALL), 0);
    second->evtchn_mask[5] = 0x55;
    test_equal("both mappings", shared->evtchn_mask[5], 0x55);
    test_result("read-only", page_map((uint32_t)shared_info, start_info->shared_info | RIGHTS_READ), 0);
    test_check(address_is_closed((uint32_t)shared_info, probe_write), "written through a read-only mapping");
    test_equal("still readable", shared->evtchn_mask[5], 0x55);
    test_result("unmap", page_map((uint32_t)shared_info, 0), 0);
    mask_check(&second->vcpu_info[0]);
    test_result("unmap", page_map((uint32_t)second, 0), 0);
    events_set_mask(false);
    events_set_mask(true);
    test_result("again", page_map((uint32_t)shared_info, start_info->shared_info | PAGE_PRESENT | PAGE_WRITE), 0);
    mask_check(&shared->vcpu_info[0]);
    test_success();
}
