/* The frame around each one-purpose kernel: traps, ring 3 and verdicts. Linked into all paravirtual kernels.
   Invariant: exactly one verdict. The functions that give one do not return. */
#include "test.h"

/* The line is what a program looks at; `why` is for people. */
static void verdict(const char *word, const char *why, uint32_t reason) __attribute__((noreturn));
static void verdict(const char *word, const char *why, uint32_t reason)
{
    if (why != NULL)
        print("%s\n", why);
    print("Test result: %s\n", word);
    domain_end(reason);
}

/* Everything that was expected has happened. */
void test_success(void)
{
    verdict("SUCCESS", NULL, SHUTDOWN_POWEROFF);
}

/* For a hypervisor or machine that lacks what is tested: neither passed nor failed, and never silent. */
void test_skip(const char *why)
{
    verdict("SKIP", why, SHUTDOWN_POWEROFF);
}

/* The hypervisor did not do what the interface says. */
void test_failure(const char *why)
{
    verdict("FAILURE", why, SHUTDOWN_CRASH);
}

/* The test itself went astray: whether the hypervisor is right is not known. */
void test_error(const char *why)
{
    verdict("ERROR", why, SHUTDOWN_CRASH);
}

/* What is checked is part of the sentence: there are no numbers of lines to look up. */
void test_check(bool fact, const char *why)
{
    if (!fact)
        test_failure(why);
}

/* In hexadecimal: these are registers and addresses. */
void test_equal(const char *what, uint32_t is, uint32_t should)
{
    if (is == should)
        return;
    print("%s: %x, expected %x\n", what, is, should);
    test_failure(what);
}

/* The same for results of hypercalls, which are small and often negative. */
void test_result(const char *what, int32_t is, int32_t should)
{
    if (is == should)
        return;
    print("%s: %d, expected %d\n", what, is, should);
    test_failure(what);
}

/* Silence is a failure, too: an operation that passes has reached what it should not. */
static struct trap_record expect_any(const char *name, void (*operation)(void))
{
    struct trap_record record = { .cr2 = 0 };

    if (!trap_happens(operation, &record)) {
        print("%s: nothing happened\n", name);
        test_failure(name);
    }
    return record;
}

/* Vector and error code are compared together: #GP(0) where #GP(selector) is due means that another check refused. */
struct trap_record test_expect(const char *name, void (*operation)(void), uint32_t vector, uint32_t error)
{
    struct trap_record record = expect_any(name, operation);

    if (record.frame.vector != vector || record.frame.error != error) {
        print("%s: vector %u error %x, expected vector %u error %x\n", name, record.frame.vector, record.frame.error,
              vector, error);
        test_failure(name);
    }
    return record;
}

/* Which of the two is the business of isolation=. */
void test_expect_closed(const char *name, void (*operation)(void))
{
    struct trap_record record = expect_any(name, operation);
    bool by_limit = record.frame.vector == VECTOR_PROTECTION && record.frame.error == 0;

    if (by_limit || record.frame.vector == VECTOR_PAGE)
        return;
    print("%s: vector %u error %x, expected #GP(0) or #PF\n", name, record.frame.vector, record.frame.error);
    test_failure(name);
}

/* EIP is told, since an operation may have many instructions. */
void test_expect_quiet(const char *name, void (*operation)(void))
{
    struct trap_record record = { .cr2 = 0 };

    if (!trap_happens(operation, &record))
        return;
    print("%s: vector %u error %x at %x\n", name, record.frame.vector, record.frame.error, record.frame.eip);
    test_failure(name);
}

/* Called by start.S; declared by nobody else. */
void pv_main(const struct start_info *start);

/* Traps first: from here on a mistake is told. Memory before ring 3, whose pages it opens. */
void pv_main(const struct start_info *start)
{
    traps_load();
    memory_start(start);
    user_start_up();
    test_run();
    test_failure("test_run came back without a verdict");   /* a forgotten verdict must not pass */
}
