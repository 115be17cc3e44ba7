/*
 * QEMU as a machine (host side; part of machine.h's library). Owns QEMU's command line. The flags make runs
 * deterministic: -icount with sleep=off counts instructions instead of looking at a clock, and the CMOS clock starts on
 * a fixed date and follows virtual time.
 * Two command lines share their parts:
 *     headless      common, -icount and pipes, the image by -kernel or CD
 *     interactive   common, the image by -kernel, this terminal
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "iso.h"
#include "machine_private.h"
#include "scratch.h"

#define QEMU "qemu-system-i386" /* 32-bit: the hypervisor is */

/*
 * Appends `text` to *list, each comma doubled: QEMU's lists are separated by single ones.
 * A comma in a guest's command line would otherwise start the next module.
 */
static void commas_escape(char **list, const char *text)
{
    for (; *text; text++) {
        char *longer = text_format("%s%c%s", *list, *text, *text == ',' ? "," : "");
        free(*list);
        *list = longer;
    }
}

/*
 * All modules are one argument. Each starts with its file's name; QEMU cuts that at the first blank.
 * "-initrd a.elf x,b.elf y" makes two multiboot modules with the command lines "a.elf x" and "b.elf y".
 */
static void modules_add(struct arguments *command, const char *const *modules)
{
    char *list = text_format("%s", "");

    for (int i = 0; modules[i]; i++) {
        char *longer = text_format("%s%s", list, i ? "," : "");
        free(list);
        list = longer;
        commas_escape(&list, modules[i]);
    }
    arguments_add(command, "-initrd");
    arguments_add(command, "%s", list);
    free(list);
}

/*
 * The kernel's command line begins with its file's name: QEMU adds that itself.
 * Modules only here: from a CD it is GRUB that loads them.
 */
static void image_add(struct arguments *command, const struct machine_setup *setup)
{
    arguments_add(command, "-kernel");
    arguments_add(command, "%s", setup->kernel);
    if (setup->options && *setup->options) {
        arguments_add(command, "-append");
        arguments_add(command, "%s", setup->options);
    }
    if (setup->modules && setup->modules[0])
        modules_add(command, setup->modules);
}

/*
 * What every run has: memory, no devices but those named, the exit port.
 * -no-reboot: a triple fault ends QEMU instead of booting again. -nodefaults: no network card, no floppy, no VGA.
 */
static void common_add(struct arguments *command, const struct machine_setup *setup)
{
    static const char *const words[] = { "-display", "none", "-no-reboot", "-nodefaults", "-device",
                                         "isa-debug-exit,iobase=0xf4,iosize=4", "-m", NULL };

    arguments_add(command, QEMU);
    for (int i = 0; words[i]; i++)
        arguments_add(command, "%s", words[i]);
    arguments_add(command, "%u", setup->memory_mib ? setup->memory_mib : 128);  /* MiB; the last of `words` is its -m */
}

/* Real time and a shared terminal: QEMU's own keys (Ctrl-A) work there, and a person types at human speed. */
char **machine_interactive(const struct machine_setup *setup)
{
    struct arguments command = { 0 };

    common_add(&command, setup);
    image_add(&command, setup);
    arguments_add(&command, "-serial");
    arguments_add(&command, "mon:stdio");
    return command.list;
}

/*
 * shift=7 gives about 8 million instructions per virtual second, so that tests of seconds run in little real time.
 * shift: one instruction takes 2^shift ns of virtual time. sleep=off: hlt jumps to the next timer event at once.
 */
static void headless_add(struct arguments *command, const struct machine_setup *setup)
{
    static const char *const words[] = { "-rtc", "clock=vm,base=2026-01-01", "-serial", "stdio", "-monitor", "none",
                                         NULL };

    arguments_add(command, "-icount");
    arguments_add(command, "shift=%d,sleep=off", setup->clock == MACHINE_CLOCK_COUNT ? 0 : 7);
    for (int i = 0; words[i]; i++)
        arguments_add(command, "%s", words[i]);
    for (int i = 0; setup->extra && setup->extra[i]; i++)
        arguments_add(command, "%s", setup->extra[i]);
}

/*
 * The image by -kernel or on a CD made for this run. False after machine_fail.
 * The CD lies in the machine's scratch folder and goes away with it.
 */
static bool boot_add(struct arguments *command, struct machine *machine, const struct machine_setup *setup)
{
    if (setup->platform == MACHINE_QEMU) {
        image_add(command, setup);
        return true;
    }
    char *iso = text_format("%s/boot.iso", machine->scratch);
    bool done = machine_iso(iso, setup);
    arguments_add(command, "-cdrom");
    arguments_add(command, "%s", iso);
    free(iso);
    return done;
}

/*
 * Child side: serial line on our two pipes.
 * dup2 clears close-on-exec on the two copies; all other descriptors close by themselves.
 */
static void child_run(struct machine *machine, char **command, int input, int output, int report, pid_t parent)
{
    dup2(input, STDIN_FILENO);
    dup2(output, STDOUT_FILENO);
    machine_exec(machine, command, report, parent);
}

/*
 * Our ends of the pipes never block: machine.c waits with poll, in both directions at once.
 *    ours                         QEMU's
 *    machine->input   ------->    standard input,  serial line in
 *    machine->output  <-------    standard output, serial line out
 */
static bool child_start(struct machine *machine, char **command)
{
    int input[2], output[2], report[2];
    pid_t parent = getpid();

    if (pipe2(input, O_CLOEXEC) || pipe2(output, O_CLOEXEC) || pipe2(report, O_CLOEXEC)) {
        machine_fail("no pipe for " QEMU ": %s", strerror(errno));
        return false;
    }
    machine->pid = fork();
    if (machine->pid == 0)
        child_run(machine, command, input[0], output[1], report[1], parent);
    close(input[0]);
    close(output[1]);
    close(report[1]);
    machine->input = input[1];  /* ours: what we type */
    machine->output = output[0];    /* ours: what the guest says */
    fcntl(machine->input, F_SETFL, O_NONBLOCK);
    fcntl(machine->output, F_SETFL, O_NONBLOCK);
    return machine_exec_check(machine, QEMU, report[0]);
}

/*
 * What is half started when this fails is undone by machine_stop.
 * The arguments are the child's after fork; this process's copy is freed.
 */
bool machine_start_qemu(struct machine *machine, const struct machine_setup *setup)
{
    struct arguments command = { 0 };

    common_add(&command, setup);
    headless_add(&command, setup);
    bool done = boot_add(&command, machine, setup) && child_start(machine, command.list);
    arguments_free(&command);
    return done;
}
