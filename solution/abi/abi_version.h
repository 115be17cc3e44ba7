/*
 * xen_version (public interface): what the hypervisor tells about itself. Arguments: XENVER_*, guest address of the
 * structure. Numbers of Xen's version.h and features.h. All of a structure is written, so that no old bytes of the
 * hypervisor's stack leave with it.
 */
#ifndef RINGLET_ABI_VERSION_H
#define RINGLET_ABI_VERSION_H

#include <stdint.h>

#define XENVER_VERSION             0 /* no structure; returns major << 16 | minor */
#define XENVER_EXTRAVERSION        1 /* char [XENVER_EXTRAVERSION_SIZE] */
#define XENVER_COMPILE_INFO        2 /* struct xen_compile_info */
#define XENVER_CAPABILITIES        3 /* char [XENVER_CAPABILITIES_SIZE] */
#define XENVER_CHANGESET           4 /* char [XENVER_CHANGESET_SIZE] */
#define XENVER_PLATFORM_PARAMETERS 5 /* struct xen_platform_parameters */
#define XENVER_GET_FEATURES        6 /* struct xen_feature_info */
#define XENVER_PAGESIZE            7 /* no structure; returns 4096 */
#define XENVER_GUEST_HANDLE        8 /* uint8_t [XENVER_GUEST_HANDLE_SIZE] */
#define XENVER_COMMANDLINE         9 /* char [XENVER_COMMANDLINE_SIZE] */
#define XENVER_BUILD_ID            10

/* Bytes, with the NUL of strings. */
#define XENVER_EXTRAVERSION_SIZE  16
#define XENVER_CAPABILITIES_SIZE  1024
#define XENVER_CHANGESET_SIZE     64
#define XENVER_GUEST_HANDLE_SIZE  16
#define XENVER_COMMANDLINE_SIZE   1024

/* Bit numbers of submap 0. */
#define XENFEAT_WRITABLE_PAGE_TABLES       0
#define XENFEAT_WRITABLE_DESCRIPTOR_TABLES 1
#define XENFEAT_AUTO_TRANSLATED_PHYSMAP    2 /* never set here: guests would take another path */
#define XENFEAT_SUPERVISOR_MODE_KERNEL     3 /* never set here */
#define XENFEAT_PAE_PGDIR_ABOVE_4GB        4
#define XENFEAT_MMU_PT_UPDATE_PRESERVE_AD  5
#define XENFEAT_HIGHMEM_ASSIST             6
#define XENFEAT_GNTTAB_MAP_AVAIL_BITS      7
#define XENFEAT_HVM_CALLBACK_VECTOR        8 /* never set here */
#define XENFEAT_DOM0                       11

/* Strings, each NUL-terminated. */
struct xen_compile_info {
    char compiler[64];
    char compile_by[16];
    char compile_domain[32];
    char compile_date[32];
};

struct xen_platform_parameters {
    uint32_t virt_start; /* HYPERVISOR_VIRT_START */
};

struct xen_feature_info {
    uint32_t submap_idx; /* in: 0, others are empty */
    uint32_t submap;     /* out: bits 1 << XENFEAT_* */
};

_Static_assert(sizeof(struct xen_compile_info) == 144, "Xen's version.h");
_Static_assert(sizeof(struct xen_feature_info) == 8, "Xen's version.h");

#endif
