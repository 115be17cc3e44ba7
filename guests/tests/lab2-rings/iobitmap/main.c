/* physdev_op set_iobitmap: ports whose bits are clear are open to programs whatever the IOPL, others are not; a map
   that is not there opens nothing. */
/* expect: success */
#include "test.h"

static uint8_t map[64] __attribute__((aligned(64)));    /* ports 0 to 511 */

/* Port 0x80 takes any byte; nobody is at the others. */
USER_OPERATION(out_80, "out %%al, $0x80")
USER_OPERATION(out_81, "out %%al, $0x81")
USER_OPERATION(out_both, "out %%ax, $0x80")
USER_OPERATION(out_beyond, "mov $0x200, %%edx; out %%al, %%dx")
USER_OPERATION(out_last, "mov $0x1FF, %%edx; out %%al, %%dx")
USER_OPERATION(out_across, "mov $0x1FF, %%edx; out %%ax, %%dx")

/* The map is read when a port is used, not now: it must be memory then. */
static int32_t map_set(const void *bitmap, uint32_t ports)
{
    struct physdev_set_iobitmap request = { .bitmap = (uint32_t)bitmap, .nr_ports = ports };

    return hypercall_physdev_op(PHYSDEV_SET_IOBITMAP, &request);
}

/* Port 0x80 is bit 0 of byte 16. */
static void bits_check(void)
{
    map[16] = 0xFE;
    map[63] = 0x7F;
    test_result("map", map_set(map, 512), 0);
    test_expect_quiet("open port", out_80);
    test_expect("closed port", out_81, VECTOR_PROTECTION, 0);
    test_expect("word over an open and a closed one", out_both, VECTOR_PROTECTION, 0);
    test_expect("port behind the map", out_beyond, VECTOR_PROTECTION, 0);
    test_expect_quiet("last port of the map", out_last);
    test_expect("word over the end of the map", out_across, VECTOR_PROTECTION, 0);
}

/* A map that cannot be read opens nothing, and harms nobody. */
static void refusals_check(void)
{
    test_result("65537 ports", map_set(map, 65537), -EINVAL);
    test_result("map that is not mapped", map_set((void *)ADDRESS_UNMAPPED, 512), 0);
    test_expect("port by a map that is not mapped", out_80, VECTOR_PROTECTION, 0);
    test_result("no ports", map_set(map, 0), 0);
    test_expect("port of an empty map", out_80, VECTOR_PROTECTION, 0);
}

void test_run(void)
{
    for (unsigned i = 0; i < sizeof(map); i++)
        map[i] = 0xFF;
    test_expect("without a map", out_80, VECTOR_PROTECTION, 0);
    bits_check();
    refusals_check();
    test_success();
}
