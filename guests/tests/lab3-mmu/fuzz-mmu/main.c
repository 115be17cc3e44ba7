/* The hostile guest of floor 3. Issues count=1000000 random operations on page tables, named by seed=1, over a small
   pool of frames: whatever is accepted, its own kernel must still stand, and when all references are taken back,
   each frame can be anything again. The hypervisor's own audit follows at the domain's end. Prints a digest of all
   results. */
/* expect: success */
/* words: seed=1 count=20000 */
#include "fuzz.h"

#include "test.h"

#define OPERATIONS  1000000u
#define LOOK_EVERY  4096u

OPERATION(fault, "ud2")

/* FNV-1a: of the kernel's own text, and of all results. */
static uint32_t digest_add(uint32_t digest, uint32_t word)
{
    return (digest ^ word) * 16777619u;
}

static uint32_t text_digest(void)
{
    uint32_t digest = 2166136261u;

    for (const uint32_t *word = (const uint32_t *)image_start; word < (const uint32_t *)hypercall_page; word++)
        digest = digest_add(digest, *word);
    return digest;
}

static void ground_look(uint32_t text)
{
    test_expect("fault", fault, VECTOR_OPCODE, 0);
    test_result("page size", hypercall_xen_version(XENVER_PAGESIZE, NULL), 4096);
    test_equal("the kernel's text", text_digest(), text);
}

void test_run(void)
{
    uint32_t seed = option_number("seed", 1), count = option_number("count", OPERATIONS);
    uint32_t text = text_digest(), digest = 2166136261u, refused = 0;

    tables_demand();
    random_seed(seed);
    pool_start();
    for (uint32_t i = 0; i < count; i++) {
        int32_t result = operation_issue();

        if (i % LOOK_EVERY == 0)
            ground_look(text);
        refused += result < 0;
        digest = digest_add(digest, (uint32_t)result);
    }
    ground_look(text);
    print("fuzz: seed %u, %u operations, %u refused, digest %X\n", seed, count, refused, digest);
    pool_check();
    test_success();
}
