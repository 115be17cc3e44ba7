/*
 * The registers that only ring 0 has, as variables: a test includes this and then the file under test, which finds
 * cpu.h already read. FS and GS, too: on the host they lead to the thread's own variables.
 */
#ifndef RINGLET_FAKE_CPU_H
#define RINGLET_FAKE_CPU_H

#include <stdint.h>

#define dr_write    cpu_dr_write
#define dr6_read    cpu_dr6_read
#define cr2_read    cpu_cr2_read
#define fs_gs_clear cpu_fs_gs_clear
#include "cpu.h"
#undef dr_write
#undef dr6_read
#undef cr2_read
#undef fs_gs_clear

static struct {
    uint32_t dr[8], cr2;
    unsigned dr_writes, fs_gs_clears;
} fake_cpu;

static inline void dr_write(unsigned number, uint32_t value)
{
    fake_cpu.dr[number] = value;
    fake_cpu.dr_writes++;
}

static inline uint32_t dr6_read(void)
{
    return fake_cpu.dr[6];
}

static inline uint32_t cr2_read(void)
{
    return fake_cpu.cr2;
}

static inline void fs_gs_clear(void)
{
    fake_cpu.fs_gs_clears++;
}

#endif
