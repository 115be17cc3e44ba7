/*
 * The sandbox (host side, all labs; see sandbox.h). Invariant: the filter is in force before the program's first
 * instruction. What the program can still do is compute, allocate, read files and talk on the descriptors it was given:
 *   - no new files and no writing to any (openat only for reading, and behind the fence only the system's libraries and
 *     the program itself), no sockets, no processes, no signals to others;
 *   - no capabilities, and the grader is not dumpable, so /proc/PID/mem of the grader, where the expected answers are,
 *     cannot be opened even by a program with the same user id;
 *   - execve only with the one pointer that sandbox_start() itself uses, whose value the program does not know.
 * A refused call raises SIGSYS; the executor reports its number. Who catches SIGSYS himself still has no call done.
 */
#define _GNU_SOURCE
#include "sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <seccomp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "fence.h"
#include "message.h"
#include "scratch.h"

/* What a sanitized C program needs to start, compute and report. */
static const int allowed[] = {
    SCMP_SYS(read), SCMP_SYS(pread64), SCMP_SYS(write), SCMP_SYS(writev), SCMP_SYS(close), SCMP_SYS(lseek),
    SCMP_SYS(fstat), SCMP_SYS(stat), SCMP_SYS(lstat), SCMP_SYS(newfstatat), SCMP_SYS(access), SCMP_SYS(faccessat),
    SCMP_SYS(readlink), SCMP_SYS(readlinkat), SCMP_SYS(getcwd), SCMP_SYS(mmap), SCMP_SYS(mprotect), SCMP_SYS(munmap),
    SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(brk), SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn), SCMP_SYS(sigaltstack), SCMP_SYS(getpid), SCMP_SYS(gettid), SCMP_SYS(getuid),
    SCMP_SYS(geteuid), SCMP_SYS(getgid), SCMP_SYS(getegid), SCMP_SYS(getrlimit), SCMP_SYS(arch_prctl),
    SCMP_SYS(set_tid_address), SCMP_SYS(set_robust_list), SCMP_SYS(rseq), SCMP_SYS(getrandom), SCMP_SYS(futex),
    SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday), SCMP_SYS(sched_getaffinity), SCMP_SYS(sched_yield),
    SCMP_SYS(uname), SCMP_SYS(sysinfo), SCMP_SYS(pipe), SCMP_SYS(pipe2), SCMP_SYS(exit), SCMP_SYS(exit_group),
};

/* Allows a call when its argument `index` compares so. */
static int allow_if(scmp_filter_ctx filter, int call, unsigned index, enum scmp_compare how, scmp_datum_t a,
                    scmp_datum_t b)
{
    const struct scmp_arg_cmp comparison = { index, how, a, b };

    return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, call, 1, &comparison);
}

/* O_ACCMODE among the bits: O_RDONLY is zero, so that all of them must be clear. */
static int reading_allow(scmp_filter_ctx filter)
{
    const unsigned writing = O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND;

    return allow_if(filter, SCMP_SYS(openat), 2, SCMP_CMP_MASKED_EQ, writing, O_RDONLY) |
           allow_if(filter, SCMP_SYS(open), 1, SCMP_CMP_MASKED_EQ, writing, O_RDONLY);
}

/* Only about itself: its limits, which it cannot raise, its own signals (abort), whether the log is a terminal. */
static int itself_allow(scmp_filter_ctx filter)
{
    return allow_if(filter, SCMP_SYS(prlimit64), 0, SCMP_CMP_EQ, 0, 0) |
           allow_if(filter, SCMP_SYS(tgkill), 0, SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0) |
           allow_if(filter, SCMP_SYS(ioctl), 1, SCMP_CMP_EQ, TCGETS, 0) |
           allow_if(filter, SCMP_SYS(fcntl), 1, SCMP_CMP_LE, F_GETFL, 0) |
           allow_if(filter, SCMP_SYS(prctl), 0, SCMP_CMP_EQ, PR_GET_DUMPABLE, 0);
}

/*
 * The filter for this process, execve allowed with this very pointer. NULL: no memory.
 * TRAP, not KILL: the executor can still say which call it was.
 */
static scmp_filter_ctx filter_make(const char *program)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_TRAP);
    int errors = 0;

    if (!filter)
        return NULL;
    for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++)
        errors |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0);
    errors |= reading_allow(filter) | itself_allow(filter);
    errors |= allow_if(filter, SCMP_SYS(execve), 0, SCMP_CMP_EQ, (scmp_datum_t)(uintptr_t)program, 0);
    if (!errors)
        return filter;
    seccomp_release(filter);
    return NULL;
}

/* Soft and hard at once: the program could raise a soft one. */
static void limit_set(int resource, rlim_t limit)
{
    struct rlimit both = { limit, limit };

    setrlimit(resource, &both);
}

/*
 * The address sanitizer reserves terabytes of address space, so memory is bounded by the grader's eye (unit.c).
 * NPROC 1: no fork for an ordinary user, even where the filter has a hole.
 */
static void limits_set(const struct sandbox *sandbox)
{
    limit_set(RLIMIT_CPU, sandbox->cpu_seconds);
    limit_set(RLIMIT_FSIZE, sandbox->log_bytes);
    limit_set(RLIMIT_CORE, 0);
    limit_set(RLIMIT_NOFILE, 16);
    limit_set(RLIMIT_NPROC, 1);
    int victim = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC); /* short of memory: this one goes first */
    if (victim >= 0 && write(victim, "1000", 4) == 4)
        close(victim);
}

/* Also as root: without CAP_SYS_PTRACE, CAP_DAC_OVERRIDE and the rest it is nobody in particular. */
static void capabilities_drop(void)
{
    struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
    struct __user_cap_data_struct none[2] = { { 0, 0, 0 }, { 0, 0, 0 } };

    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    syscall(SYS_capset, &header, none);
}

/*
 * The program has descriptors 0 to 4 and no other: not the grader's reports, pipes or the RAM of a machine.
 * The order matters: 3 and 4 may be in use by the very pipes that are moved there.
 */
static bool descriptors_arrange(const struct sandbox *sandbox)
{
    int log = open(sandbox->log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    int requests = fcntl(sandbox->requests, F_DUPFD_CLOEXEC, 10); /* out of the way of 0..4 */
    int replies = fcntl(sandbox->replies, F_DUPFD_CLOEXEC, 10);

    return log >= 0 && nothing >= 0 && dup2(nothing, STDIN_FILENO) >= 0 && dup2(log, STDOUT_FILENO) >= 0 &&
           dup2(log, STDERR_FILENO) >= 0 && dup2(requests, MESSAGE_REQUESTS) >= 0 &&
           dup2(replies, MESSAGE_REPLIES) >= 0 && syscall(SYS_close_range, 5, ~0u, 0) == 0;
}

/* The filter comes last: it takes away the calls that the other guards are raised with. */
static void __attribute__((noreturn)) child_run(const struct sandbox *sandbox, pid_t parent)
{
    /* No leak search (it needs threads), one line per stack frame, no colours. */
    static char *const environment[] = { "ASAN_OPTIONS=detect_leaks=0:color=never:allocator_may_return_null=1:"
                                         "max_allocation_size_mb=256:handle_sigill=1:detect_stack_use_after_return=0",
                                         "UBSAN_OPTIONS=print_stacktrace=1:color=never", NULL };
    char *program = strdup(sandbox->program); /* an address nobody else knows */
    char *const arguments[] = { "executor", NULL };

    setpgid(0, 0);
    personality(ADDR_NO_RANDOMIZE); /* so that reports repeat to the byte */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGPIPE, SIG_DFL);
    if (getppid() != parent || !descriptors_arrange(sandbox) || chdir(sandbox->folder) != 0)
        _exit(126);
    limits_set(sandbox);
    fence_raise((const char *const[]){ program, sandbox->folder, "/proc", NULL }, NULL, NULL);
    capabilities_drop();
    scmp_filter_ctx filter = filter_make(program);
    if (!filter || seccomp_load(filter) != 0)
        _exit(126);
    execve(program, arguments, environment);
    _exit(127);
}

/* The parent's pid is taken before fork: asked later it could already be that of init. */
pid_t sandbox_start(const struct sandbox *sandbox)
{
    pid_t parent = getpid(), child = fork();

    if (child == 0)
        child_run(sandbox, parent);
    return child;
}

/* Asked once, before anything is built: a grading without the filter must not start. */
bool sandbox_works(char **error)
{
    if (prctl(PR_GET_SECCOMP, 0, 0, 0, 0) >= 0)
        return true;
    *error = text_format("system calls cannot be filtered on this kernel (%s); use one with seccomp", strerror(errno));
    return false;
}

char *sandbox_call_name(int number)
{
    return seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, number);
}

/* Not dumpable: /proc/PID/mem and ptrace are then for root only. */
void sandbox_hide(void)
{
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}
