/* xen_version: every subcommand; strings end within their buffers, and no byte of a buffer is left as it was, since
   what is not written by intent would be old bytes of the hypervisor's stack. */
/* expect: success */
#include "string.h"
#include "test.h"

#define GUARD 0xA5

static char buffer[2048];

/* Fills the buffer with two patterns: a byte that differs between two calls was not written. */
static void size_check(const char *name, uint32_t command, uint32_t size)
{
    static char first[2048];

    memset(buffer, GUARD, sizeof(buffer));
    test_result(name, hypercall_xen_version(command, buffer), 0);
    memcpy(first, buffer, sizeof(buffer));
    memset(buffer, ~GUARD, sizeof(buffer));
    test_result(name, hypercall_xen_version(command, buffer), 0);
    test_check(memcmp(first, buffer, size) == 0, name);
    for (uint32_t i = size; i < sizeof(buffer); i++)
        test_check((uint8_t)buffer[i] == (uint8_t)~GUARD, "bytes behind the structure were written");
}

/* After the NUL there are only zeros up to the end of the field. */
static void string_check(const char *name, const char *text, uint32_t size)
{
    uint32_t length = 0;

    while (length < size && text[length] != '\0')
        length++;
    test_check(length < size, name);
    for (uint32_t i = length; i < size; i++)
        test_check(text[i] == '\0', name);
    print("xen-version: %s '%s'\n", name, text);
}

/* What they say is up to the hypervisor; capabilities name the interface, which loaders look for. */
static void strings_check(void)
{
    size_check("extraversion", XENVER_EXTRAVERSION, XENVER_EXTRAVERSION_SIZE);
    string_check("extraversion", buffer, XENVER_EXTRAVERSION_SIZE);
    size_check("capabilities", XENVER_CAPABILITIES, XENVER_CAPABILITIES_SIZE);
    string_check("capabilities", buffer, XENVER_CAPABILITIES_SIZE);
    size_check("changeset", XENVER_CHANGESET, XENVER_CHANGESET_SIZE);
    string_check("changeset", buffer, XENVER_CHANGESET_SIZE);
    size_check("guest handle", XENVER_GUEST_HANDLE, XENVER_GUEST_HANDLE_SIZE);
    if (hypercall_xen_version(XENVER_COMMANDLINE, buffer) == -EPERM)
        return;     /* a real Xen may keep it from ordinary domains */
    size_check("command line", XENVER_COMMANDLINE, XENVER_COMMANDLINE_SIZE);
    string_check("command line", buffer, XENVER_COMMANDLINE_SIZE);
}

/* Four strings in one structure: each ends in its own field. */
static void compile_check(void)
{
    struct xen_compile_info *info = (struct xen_compile_info *)buffer;

    size_check("compile info", XENVER_COMPILE_INFO, sizeof(*info));
    string_check("compiler", info->compiler, sizeof(info->compiler));
    string_check("compiled by", info->compile_by, sizeof(info->compile_by));
    string_check("compiled in", info->compile_domain, sizeof(info->compile_domain));
    string_check("compiled on", info->compile_date, sizeof(info->compile_date));
}

/* Three features would send kernels for this machine the wrong way (abi.md 1.8). */
static void features_check(void)
{
    struct xen_feature_info info = { .submap_idx = 0, .submap = 0xFFFFFFFF };
    uint32_t never = 1u << XENFEAT_AUTO_TRANSLATED_PHYSMAP | 1u << XENFEAT_SUPERVISOR_MODE_KERNEL |
                     1u << XENFEAT_HVM_CALLBACK_VECTOR;
    int32_t result;

    test_result("features", hypercall_xen_version(XENVER_GET_FEATURES, &info), 0);
    test_equal("features that must be off", info.submap & never, 0);
    info = (struct xen_feature_info){ .submap_idx = 1, .submap = 0xFFFFFFFF };
    result = hypercall_xen_version(XENVER_GET_FEATURES, &info);
    test_check(result == -EINVAL || (result == 0 && info.submap == 0), "features of submap 1");
}

void test_run(void)
{
    int32_t version = hypercall_xen_version(XENVER_VERSION, NULL);

    test_check(version > 0 && version >> 16 >= 3, "version is not 3 or more");
    test_result("page size", hypercall_xen_version(XENVER_PAGESIZE, NULL), 4096);
    strings_check();
    compile_check();
    features_check();
    size_check("platform parameters", XENVER_PLATFORM_PARAMETERS, 4);
    test_equal("where the hypervisor begins", *(uint32_t *)buffer, HYPERVISOR_VIRT_START);
    test_result("subcommand 999", hypercall_xen_version(999, buffer), -ENOSYS);
    test_result("subcommand 2^32 - 1", hypercall_xen_version(0xFFFFFFFF, buffer), -ENOSYS);
    test_result("buffer in the hole", hypercall_xen_version(XENVER_CAPABILITIES, (void *)ADDRESS_HOLE), -EFAULT);
    test_result("no buffer there", hypercall_xen_version(XENVER_COMPILE_INFO, (void *)ADDRESS_UNMAPPED), -EFAULT);
    test_success();
}
