/*
 * xen_version (floor 2): what a guest may know about us (abi.md 1.8; Xen public header version.h). Invariant: every
 * byte of an answer is written, so that nothing of the hypervisor's stack leaves with it.
 */
#include <stddef.h>
#include "abi_version.h"
#include "errors.h"
#include "guest_copy.h"
#include "pv.h"
#include "text.h"

/* Of the interface that is spoken here, not of Ringlet: a guest compares it with what its own headers were made for. */
#define VERSION_MAJOR 4
#define VERSION_MINOR 17

/* The longest answers are 1024 bytes: one buffer for all, and zero where nothing is said. */
static union {
    char text[XENVER_CAPABILITIES_SIZE]; /* the longest of the texts, with its NUL */
    struct xen_compile_info compile; /* four texts in one */
    struct xen_platform_parameters platform; /* one address */
    struct xen_feature_info features; /* the only one that is in and out */
} answer;

/* All of it or -EFAULT (guest_copy.h): a guest never gets half a structure. */
static int32_t answer_copy(struct vcpu *vcpu, uint32_t to, uint32_t size)
{
    return copy_to_guest(pv_vcpu_of(vcpu), to, &answer, size);
}

/* `size` is that of the guest's array, not of the text: what lies behind the NUL goes along, and is zero. */
static int32_t answer_text(struct vcpu *vcpu, uint32_t to, const char *text, uint32_t size)
{
    text_copy(answer.text, size, text);
    return answer_copy(vcpu, to, size);
}

/*
 * For people. No date and no machine in it: the same sources make the same image (.compile_domain and _date are empty).
 */
static int32_t compile_info(struct vcpu *vcpu, uint32_t to)
{
    text_copy(answer.compile.compiler, sizeof(answer.compile.compiler), "gcc or clang");
    text_copy(answer.compile.compile_by, sizeof(answer.compile.compile_by), "ringlet");
    return answer_copy(vcpu, to, sizeof(answer.compile));
}

/*
 * A kernel that wants more of the address space than this would have said so in its notes (HV_START_LOW, pv_image.c).
 */
static int32_t platform_parameters(struct vcpu *vcpu, uint32_t to)
{
    answer.platform.virt_start = HYPERVISOR_VIRT_START;
    return answer_copy(vcpu, to, sizeof(answer.platform));
}

/* In and out. Nothing is advertised: what the bits stand for is page tables, which no floor here has yet. */
static int32_t get_features(struct vcpu *vcpu, uint32_t to)
{
    if (copy_from_guest(pv_vcpu_of(vcpu), &answer.features, to, sizeof(answer.features)) != 0)
        return -EFAULT;
    answer.features.submap = 0;
    return answer_copy(vcpu, to, sizeof(answer.features));
}

/*
 * Which structure it is, is the guest's choice; how long it is, is the interface's. The buffer is cleared for each
 * call: of one answer nothing may show in the next. With an answer on the stack, padding and the rest of a short text
 * would be what an earlier call had left there, addresses of ours among it. That was a bug of several hypervisors.
 */
static int32_t xen_version(struct vcpu *vcpu, const uint32_t args[6])
{
    uint32_t to = args[1];

    if (args[0] == XENVER_VERSION)
        return VERSION_MAJOR << 16 | VERSION_MINOR; /* asked the most, and for nothing but the way here and back */
    memset(&answer, 0, sizeof(answer));
    switch (args[0]) {
    case XENVER_EXTRAVERSION: /* what follows "4.17" when it is printed */
        return answer_text(vcpu, to, ".0-ringlet", XENVER_EXTRAVERSION_SIZE);
    case XENVER_COMPILE_INFO:
        return compile_info(vcpu, to);
    case XENVER_CAPABILITIES: /* kinds of guests, each with a space behind it; kernels compare it whole */
        return answer_text(vcpu, to, "xen-3.0-x86_32p ", XENVER_CAPABILITIES_SIZE);
    case XENVER_CHANGESET: /* of the hypervisor's sources */
        return answer_text(vcpu, to, "unavailable", XENVER_CHANGESET_SIZE);
    case XENVER_PLATFORM_PARAMETERS:
        return platform_parameters(vcpu, to);
    case XENVER_GET_FEATURES: /* Mini-OS asks before anything else */
        return get_features(vcpu, to);
    case XENVER_PAGESIZE: /* nothing to be written: the argument does not count */
        return PAGE_SIZE;
    case XENVER_GUEST_HANDLE: /* a UUID, that nobody has given it: zeros */
        return answer_copy(vcpu, to, XENVER_GUEST_HANDLE_SIZE);
    case XENVER_COMMANDLINE: /* the hypervisor's own, which is none of the guest's business */
        return answer_text(vcpu, to, "", XENVER_COMMANDLINE_SIZE);
    default:
        return -ENOSYS;
    }
}
HYPERCALL(HYPERCALL_XEN_VERSION, xen_version);
