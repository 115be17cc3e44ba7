/*
 * The fence (host side, all labs; see fence.h), made of Landlock: rules on the real files, so that links, "..", and
 * names like /proc/self/cwd lead nowhere. Attack: `#include "/proc/self/cwd/solution/lab1-boot/decode.c"`.
 * Source: the kernel's Documentation/userspace-api/landlock.rst.
 * Best effort on purpose: on a kernel without Landlock builds and checks still work, and other guards stand behind it.
 */
#define _GNU_SOURCE
#include "fence.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Rights of Landlock's first version: all that opens, makes or removes files. */
#define RIGHTS_ALL   ((LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1)
#define RIGHTS_READ  (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
/* others make no sense for a plain file: the kernel refuses such a rule */
#define RIGHTS_FILES (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE)

/* Where compilers, libraries and their settings lie on the systems we know. */
const char *const fence_system[] = { "/usr", "/lib", "/lib32", "/lib64", "/libx32", "/bin", "/sbin", "/etc", "/opt",
                                     "/nix", NULL };
const char *const fence_devices[] = { "/dev/null", "/dev/zero", NULL };

/* A path that does not exist is no error: the lists name places of several distributions. */
static void rule_add(int rules, const char *path, uint64_t rights)
{
    struct landlock_path_beneath_attr rule = { .parent_fd = open(path, O_PATH | O_CLOEXEC), .allowed_access = rights };
    struct stat status;

    if (rule.parent_fd < 0)
        return;
    if (fstat(rule.parent_fd, &status) == 0 && !S_ISDIR(status.st_mode))
        rule.allowed_access &= RIGHTS_FILES;
    syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
    close(rule.parent_fd);
}

static void rules_add(int rules, const char *const *paths, uint64_t rights)
{
    for (; paths && *paths; paths++)
        rule_add(rules, *paths, rights);
}

/* For good: no later rule and no exec takes it down, for this process and all its children. */
void fence_raise(const char *const *readable, const char *const *writable, const char *listed)
{
    struct landlock_ruleset_attr all = { .handled_access_fs = RIGHTS_ALL };
    int rules = (int)syscall(SYS_landlock_create_ruleset, &all, sizeof(all), 0);

    if (rules < 0)
        return;
    rules_add(rules, fence_system, RIGHTS_READ);
    rules_add(rules, fence_devices, RIGHTS_ALL);
    rules_add(rules, readable, RIGHTS_READ);
    rules_add(rules, writable, RIGHTS_ALL);
    if (listed)
        rule_add(rules, listed, LANDLOCK_ACCESS_FS_READ_DIR);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); /* the kernel's condition */
    syscall(SYS_landlock_restrict_self, rules, 0);
    close(rules);
}
