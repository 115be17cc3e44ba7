/*
 * From the first C function to the first guest (floor 1): the order in which the machine is taken over. Called once by
 * boot.S on the boot page tables; never returns.
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

void __attribute__((noreturn)) start(uint32_t magic, uint32_t info);

static struct boot_info boot;

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

void start(uint32_t magic, uint32_t info)
{
    console_init();
    print("Ringlet: a hypervisor to learn from\n");
    if (magic != MULTIBOOT_LOADER_MAGIC)
        panic("not started by a multiboot loader (EAX is %08x); use GRUB or qemu -kernel", magic);
    multiboot_read(info, &boot);
    paging_init(boot.ram_end);
    segments_init();
    irq_init();
    floors_init();
    options_apply(boot.command_line);
    time_init();
    print("memory: %u MiB, %u frames free\n", boot.ram_end >> 20, frames_free_count());
    floors_call_init();
    guests_start(boot.modules, boot.module_count);
    guests_reap();
    trap_start_guests();
}
