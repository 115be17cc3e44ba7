/* Attack on itself: the kernel takes away all of its own mappings. It is crashed for a fault that nobody can take, and
   nobody else notices. */
/* expect: crashed: cannot be written */
#include "test.h"

void test_run(void)
{
    tables_demand();
    page_map((uint32_t)trap_stack_top - PAGE_SIZE, 0);
    table_set(table_l2(0), 0, 0);
    test_failure("there is still ground");
}
