/*
 * Non-maskable interrupts, sent to QEMU as its user would: the first domain gets them through its callback, while it
 * runs and while it waits, one at a time, and its neighbour notices nothing. Nobody's NMI is a panic with a reason.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "scene.h"
#include "scratch.h"

#define KERNEL BUILD_FOLDER "/guests/tests/lab2-rings/nmi.elf"

/* QEMU's control socket; in the machine's own words, line by line. */
static int control_open(const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int control = socket(AF_UNIX, SOCK_STREAM, 0);

    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    assert_true(control >= 0);
    assert_int_equal(connect(control, (struct sockaddr *)&address, sizeof(address)), 0);
    return control;
}

/* One command; waits for its answer, so that what follows happens after it. */
static void control_say(int control, const char *command)
{
    char answer[4096];
    size_t used = 0;

    assert_int_equal(write(control, command, strlen(command)), (ssize_t)strlen(command));
    do {
        ssize_t count = read(control, answer + used, sizeof(answer) - 1 - used);
        assert_true(count > 0);
        used += (size_t)count;
        answer[used] = '\0';
    } while (strstr(answer, "\"return\"") == NULL);
}

static void wait_for(struct machine *machine, const char *text)
{
    if (!machine_wait_text(machine, text, SAFETY))
        fail_msg("no '%s' in:\n%s", text, machine_output(machine, NULL));
}

/* Boots the guests with a control socket at `path`; the caller owns both. */
static struct machine *machine_with_control(const char *path, const char *options, const char *const *guests)
{
    char *socket = text_format("unix:%s,server=on,wait=off", path);
    const char *extra[] = { "-qmp", socket, NULL };
    struct machine_setup setup = { .kernel = HYPERVISOR, .options = options, .modules = guests, .extra = extra };
    struct machine *machine = scene_start(&setup);

    free(socket);
    return machine;
}

/* Two NMIs, the second while the first is being handled; then the key that lets the handler go on. */
static void nmi_run(const char *options, const char *words)
{
    char *kernel = text_format(KERNEL " -- %s", words), *path = text_format("/tmp/ringlet-nmi.%d", (int)getpid());
    const char *guests[] = { kernel, BARE, NULL };
    struct machine *machine = machine_with_control(path, options, guests);

    wait_for(machine, "nmi: ready");
    int control = control_open(path);
    control_say(control, "{\"execute\":\"qmp_capabilities\"}\n");
    control_say(control, "{\"execute\":\"inject-nmi\"}\n");
    wait_for(machine, "nmi: in the handler");
    control_say(control, "{\"execute\":\"inject-nmi\"}\n");
    assert_true(machine_send(machine, "k", 1));
    struct scene scene = scene_end(machine);
    close(control);
    unlink(path);
    expect_words(&scene, "[nmi] Test result: SUCCESS");
    expect_code(&scene, MACHINE_SUCCESS);
    scene_free(&scene);
    free(path);
    free(kernel);
}

static void running_kernel_gets_it(void **state)
{
    (void)state;
    nmi_run("isolation=paging", "wait=spin");
    nmi_run("isolation=segments", "wait=spin");
}

static void waiting_kernel_gets_it(void **state)
{
    (void)state;
    nmi_run("isolation=paging", "wait=block");
    nmi_run("isolation=segments", "wait=block");
}

/* A bare guest is given no NMI: then the machine says that its hardware has failed, and nobody's work is trusted. */
static void nobodys_is_a_panic(void **state)
{
    char *path = text_format("/tmp/ringlet-nmi.%d", (int)getpid());
    const char *guests[] = { BARE " shell", NULL };
    struct machine *machine = machine_with_control(path, NULL, guests);

    (void)state;
    wait_for(machine, "bare> ");
    int control = control_open(path);
    control_say(control, "{\"execute\":\"qmp_capabilities\"}\n");
    control_say(control, "{\"execute\":\"inject-nmi\"}\n");
    struct scene scene = scene_end(machine);
    close(control);
    unlink(path);
    expect_words(&scene, "panic: exception 2");
    expect_code(&scene, MACHINE_PANIC);
    scene_free(&scene);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(running_kernel_gets_it),
        cmocka_unit_test(waiting_kernel_gets_it),
        cmocka_unit_test(nobodys_is_a_panic),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
