/*
 * Bochs as a machine (host side; part of machine.h's library). Bochs has no headless mode: it gets a terminal of its
 * own, which we drain and ignore, and writes its serial line to a file, which we follow. It has no exit port either;
 * the hypervisor's last console line is the verdict (machine.c looks for it).
 * Bochs finds what QEMU forgives: it is the second opinion about what a real processor would do.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "machine_private.h"
#include "scratch.h"

/*
 * clock: sync=none and a fixed start make Bochs's time follow its instruction count, as in QEMU.
 * The arguments are, in order: MiB of memory, video firmware, and three times the scratch folder.
 */
static const char configuration[] =
    "megs: %u\n"
    "romimage: file=/usr/share/bochs/BIOS-bochs-latest\n"
    "vgaromimage: file=%s\n"
    /* a triple fault stops it: a reset would boot again and hide it */
    "cpu: count=1, ips=50000000, reset_on_triple_fault=0\n"
    "clock: sync=none, time0=1767225600, rtc_sync=1\n"
    "display_library: term\n"
    "sound: waveoutdrv=dummy, waveindrv=dummy, midioutdrv=dummy\n"
    "com1: enabled=1, mode=file, dev=%s/serial\n"
    "ata0: enabled=1, ioaddr1=0x1f0, ioaddr2=0x3f0, irq=14\n"
    "ata0-master: type=cdrom, path=%s/boot.iso, status=inserted\n"
    "boot: cdrom\n"
    "log: %s/log\n"
    "panic: action=fatal\n"     /* "ask" would wait for a person */
    "error: action=report\n"
    "info: action=ignore\n"
    "debug: action=ignore\n";

/*
 * Debian has put the video firmware in two places.
 * Neither there: Bochs itself complains about the second, and machine_complaint shows it.
 */
static const char *video_firmware(void)
{
    static const char other[] = "/usr/share/vgabios/vgabios.bin";
    static const char usual[] = "/usr/share/bochs/VGABIOS-lgpl-latest";

    return access(usual, R_OK) == 0 ? usual : other;
}

/* Writes a file of the scratch folder. */
static bool scratch_file(struct machine *machine, const char *name, const char *text)
{
    char *path = text_format("%s/%s", machine->scratch, name);
    bool done = file_write(path, text);

    if (!done)
        machine_fail("%s: %s", path, strerror(errno));
    free(path);
    return done;
}

/*
 * Debian's Bochs is the one with the debugger, which holds until told "c"; that comes from the file "commands".
 * "serial" is made beforehand: it is opened for reading before Bochs opens it for writing.
 */
static bool files_make(struct machine *machine, const struct machine_setup *setup)
{
    char *iso = text_format("%s/boot.iso", machine->scratch);
    char *text = text_format(configuration, setup->memory_mib ? setup->memory_mib : 128, video_firmware(),
                             machine->scratch, machine->scratch, machine->scratch);
    bool done = machine_iso(iso, setup) && scratch_file(machine, "configuration", text) &&
                scratch_file(machine, "commands", "c\n") && scratch_file(machine, "serial", "");

    free(text);
    free(iso);
    return done;
}

/*
 * vt100 is in the smallest terminfo there is; the real TERM of whoever runs the tests may be missing there.
 * -q skips Bochs's menu of questions. Does not return.
 */
static void child_run(struct machine *machine, int report, pid_t parent)
{
    struct arguments command = { 0 };

    arguments_add(&command, "bochs");
    arguments_add(&command, "-q");
    arguments_add(&command, "-f");
    arguments_add(&command, "%s/configuration", machine->scratch);
    arguments_add(&command, "-rc");
    arguments_add(&command, "%s/commands", machine->scratch);
    setenv("TERM", "vt100", 1);
    machine_exec(machine, command.list, report, parent);
}

/*
 * Bochs insists on a terminal with room for 80 by 25 and its status line.
 * Reading never blocks: at the end of a regular file read() gives 0, and more may follow.
 */
bool machine_start_bochs(struct machine *machine, const struct machine_setup *setup)
{
    struct winsize size = { .ws_row = 40, .ws_col = 120 };
    pid_t parent = getpid();
    int report[2];

    if (!files_make(machine, setup))
        return false;
    char *serial = text_format("%s/serial", machine->scratch);
    machine->output = open(serial, O_RDONLY | O_CLOEXEC);
    free(serial);
    if (machine->output < 0 || pipe2(report, O_CLOEXEC)) {
        machine_fail("no pipe for bochs: %s", strerror(errno));
        return false;
    }
    machine->pid = forkpty(&machine->terminal, NULL, NULL, &size);
    if (machine->pid == 0)
        child_run(machine, report[1], parent);
    close(report[1]);
    if (machine->pid > 0) {
        fcntl(machine->terminal, F_SETFD, FD_CLOEXEC);
        fcntl(machine->terminal, F_SETFL, O_NONBLOCK);  /* it is drained with whatever is there */
    }
    return machine_exec_check(machine, "bochs", report[0]);
}
