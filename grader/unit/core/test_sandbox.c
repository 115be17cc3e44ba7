/*
 * Tests of the sandbox (host side). The program in it is this one again: under the name "executor" it does the one
 * misdeed whose letter it reads from its requests, and says "done" on its replies when it got through with it.
 */
/* sources: sandbox.c fence.c report.c ../host/scratch.c */
/* libs: -lseccomp */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../core/report.h"
#include "../../core/sandbox.h"
#include "../../host/scratch.h"

/* True when the misdeed was possible. */
static bool misdeed(char letter)
{
    char path[64];

    switch (letter) {
    case 'n': return true; /* none: an honest program gets through */
    case 'r': return open("/etc/passwd", O_RDONLY) >= 0;
    case 'w': return open("evil", O_WRONLY | O_CREAT, 0600) >= 0;
    case 't': return open("/etc/passwd", O_RDONLY | O_TRUNC) >= 0;
    case 'f': return fork() >= 0;
    case 's': return socket(AF_INET, SOCK_STREAM, 0) >= 0;
    case 'k': return kill(1, 0) == 0;
    case 'u': return unlink("/tmp/ringlet-none") == 0 || errno == ENOENT;
    case 'e': return execl("/bin/true", "true", NULL) == 0;
    case 'p': return ptrace(PTRACE_TRACEME, 0, 0, 0) == 0;
    case 'm':
        snprintf(path, sizeof(path), "/proc/%s/mem", "1");
        return open(path, O_RDONLY) >= 0;
    case 'd': return mkdir("evil", 0700) == 0;
    case 'c': return chmod("/etc/passwd", 0644) == 0;
    case 'l': for (volatile unsigned i = 0;; i++) ;
    case 'o': for (;;) puts("output without end");
    default: return true;
    }
}

static int executor_main(void)
{
    char letter;

    while (read(3, &letter, 1) == 1)
        if (misdeed(letter) && write(4, "done", 4) != 4)
            return 1;
    return 0;
}

/* What the program said on its replies ("" or "done"), and its wait status. */
static void misdeed_run(char letter, char said[8], int *status)
{
    char *folder = scratch_create(), *log = text_format("%s/log", folder), program[4096] = "";
    int requests[2], replies[2];

    assert_true(readlink("/proc/self/exe", program, sizeof(program) - 1) > 0);
    assert_int_equal(pipe2(requests, O_CLOEXEC) | pipe2(replies, O_CLOEXEC), 0);
    pid_t child = sandbox_start(&(struct sandbox){ program, folder, log, requests[0], replies[1], 1, 65536 });
    assert_true(child > 0);
    close(requests[0]);
    close(replies[1]);
    assert_int_equal(write(requests[1], &letter, 1), 1);
    close(requests[1]);
    memset(said, 0, 8);
    assert_true(read(replies[0], said, 7) >= 0);
    close(replies[0]);
    assert_int_equal(waitpid(child, status, 0), child);
    char *evil = text_format("%s/evil", folder);
    assert_int_equal(access(evil, F_OK), -1);
    free(evil);
    free(log);
    scratch_remove(folder);
}

static void test_honest(void **state)
{
    static const char letters[] = "nr";
    char said[8];
    int status;

    (void)state;
    for (const char *letter = letters; *letter; letter++) {
        misdeed_run(*letter, said, &status);
        assert_string_equal(said, "done");
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
}

static void test_refused(void **state)
{
    static const char letters[] = "wtfskuepmdc";
    char said[8];
    int status;

    (void)state;
    for (const char *letter = letters; *letter; letter++) {
        misdeed_run(*letter, said, &status);
        if (*said)
            fail_msg("misdeed %c was possible", *letter);
    }
}

static void test_limits(void **state)
{
    char said[8];
    int status;

    (void)state;
    misdeed_run('l', said, &status);
    assert_true(WIFSIGNALED(status));
    char *sentence = report_death("", status);
    assert_non_null(strstr(sentence, "endless loop"));
    free(sentence);
    misdeed_run('o', said, &status);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGXFSZ);
}

int main(int count, char **words)
{
    if (count == 1 && strcmp(words[0], "executor") == 0)
        return executor_main();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_honest), cmocka_unit_test(test_refused), cmocka_unit_test(test_limits),
    };

    sandbox_hide();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
