/*
 * From the first C function to the first guest (floor 1): the order in which the machine is taken over. Called once by
 * boot.S on the boot page tables; never returns. The order is the page; each step needs the ones above it:
 *
 *      console          nothing; from here on a mistake can be told
 *      floors           the linker's arrays: whatever stops from here on can name its floor
 *      boot information the boot tables, which reach all of the loader's structures below 128 MiB
 *      page tables      the end of RAM
 *      GDT IDT TSS      the gate area, mapped by the page tables; from here on an exception is a panic with a reason
 *      8259 pair        vectors out of the exceptions' way, before anything lets an interrupt in
 *      options          the floors; before any of them is initialised, so that each finds its own set
 *      clock            before any virtual timer asks what time it is
 *      guests           everything
 */
#include <stdint.h>
#include "console.h"
#include "cpu.h"
#include "floor.h"
#include "guests.h"
#include "irq.h"
#include "multiboot.h"
#include "options.h"
#include "paging.h"
#include "panic.h"
#include "print.h"
#include "sched.h"
#include "segments.h"
#include "text.h"
#include "time.h"
#include "trap.h"

/* Called from assembly only, so no header has it: with -mregparm=3 the arguments come in EAX and EDX. */
void __attribute__((noreturn)) start(uint32_t magic, uint32_t info);

/* Static: the stack has a few pages only, and it starts from the top again with the first guest's first trap. */
static struct boot_info boot;

/* A tick is a millisecond (TICK_HZ), so the number is used as it is. More than a second would starve the others. */
static bool slice_set(const char *value)
{
    uint32_t ticks;

    if (!text_to_size(value, &ticks) || ticks < 1 || ticks > 1000)
        return false;
    sched_set_slice(ticks);
    return true;
}

static const struct option slice_option = { "slice", "slice=MS (1 to 1000)", slice_set };
OPTION(slice_option);

/*
 * guests_reap() comes before the first resume because every guest may have been refused: then there is nobody to run,
 * and the verdict is due. Interrupts stay off throughout: the first guest's EFLAGS, or the idle loop, lets them in.
 */
void start(uint32_t magic, uint32_t info)
{
    console_init();
    print("Ringlet: a hypervisor to learn from\n");
    if (magic != MULTIBOOT_LOADER_MAGIC)
        panic("not started by a multiboot loader (EAX is %08x); use GRUB or qemu -kernel", magic);
    floors_init();
    multiboot_read(info, &boot);
    paging_init(boot.ram_end);
    segments_init();
    irq_init();
    options_apply(boot.command_line);
    time_init();
    print("memory: %u MiB, %u frames free\n", boot.ram_end >> 20, frames_free_count());
    floors_call_init();
    guests_start(boot.modules, boot.module_count);
    guests_reap();
    trap_start_guests();
}
