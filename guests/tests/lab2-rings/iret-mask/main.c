/* evtchn_upcall_mask is what EFLAGS.IF is on a real machine: iret restores it, bounce frames carry it. Where
   shared_info can be mapped it is looked at there as well. */
/* expect: success */
#include "test.h"

static volatile uint32_t inner_mask = 2;        /* neither */

OPERATION(fault, "ud2")
OPERATION(interrupt, "int $0x30")

/* The frame of a fault shows the mask even where shared_info cannot be mapped. */
static void mask_check(const char *name, bool masked)
{
    struct trap_record record;

    if (shared_info != NULL)
        test_equal(name, shared_info->vcpu_info[0].evtchn_upcall_mask, masked);
    record = test_expect(name, fault, VECTOR_OPCODE, 0);    /* masks on its way in and is abandoned */
    test_equal(name, record.frame.saved_mask, masked);
    test_equal(name, (record.frame.eflags & EFLAGS_IF) == 0, masked);
}

/* Without shared_info the mask inside a handler cannot be seen; what it was before can. */
static struct trap_frame *look_inside(struct trap_frame *frame)
{
    inner_mask = shared_info != NULL ? shared_info->vcpu_info[0].evtchn_upcall_mask : frame->saved_mask;
    return frame;
}

/* Through the whole of trap and iret the mask is the same before and after. */
static void around_a_handler(const char *name, bool masked, uint8_t flags)
{
    trap_install(0x30, flags);
    events_set_mask(masked);
    test_expect_quiet(name, interrupt);
    if (shared_info != NULL)
        test_equal("mask inside", inner_mask, masked || (flags & TRAP_INFO_MASKS) != 0);
    mask_check(name, masked);
}

void test_run(void)
{
    trap_set_handler(0x30, look_inside);
    mask_check("masked at the start", true);
    events_set_mask(false);
    mask_check("unmasked by iret", false);
    events_set_mask(true);
    mask_check("masked by iret", true);
    around_a_handler("handler that masks, events on", false, 1 | TRAP_INFO_MASKS);
    around_a_handler("handler that masks, events off", true, 1 | TRAP_INFO_MASKS);
    around_a_handler("handler that does not mask, events on", false, 1);
    around_a_handler("handler that does not mask, events off", true, 1);
    test_success();
}
