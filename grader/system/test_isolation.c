/*
 * Isolation as a person at the console and as one outside the machine see it: which way was chosen and why, what is
 * wrong with a word, and what a ring-1 guest's own address space really contains. The last is not asked of the
 * hypervisor: QEMU's monitor stops the processor in ring 1 and walks the tables that CR3 names.
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

#define PV_KERNELS BUILD_FOLDER "/guests/tests/lab2-rings/"
#define M2P        0xF5800000ul
#define GATE_AREA  0xF6800000ul /* see layout.h: 2 MiB; all above it is the hypervisor's alone */
#define GATE_END   0xF6A00000ul
#define DIRECT_MAP 0xF8000000ul

static char *folder;

static void expect_announced(enum machine_platform platform, const char *options, const char *line)
{
    const char *guests[] = { BARE " demo", NULL };
    struct machine_setup setup = { .platform = platform, .kernel = HYPERVISOR, .options = options, .modules = guests };
    struct scene scene = scene_run(&setup);

    expect_words(&scene, line);
    assert_int_equal(words_count(scene.console, "isolation: "), 1);
    expect_bare(&scene, "bare");
    expect_code(&scene, MACHINE_SUCCESS);
    scene_free(&scene);
}

static void the_choice_is_announced(void **state)
{
    const char *ignores = "\nisolation: paging, this machine ignores segment limits\r\n";

    (void)state;
    expect_announced(MACHINE_QEMU, NULL, ignores);
    expect_announced(MACHINE_QEMU, "isolation=auto", ignores);
    expect_announced(MACHINE_BOCHS, NULL, "\nisolation: segments, this machine enforces segment limits\r\n");
}

static void what_was_asked_for_is_done(void **state)
{
    (void)state;
    expect_announced(MACHINE_QEMU, "isolation=paging",
                     "\nisolation: paging, this machine ignores segment limits; as asked for\r\n");
    expect_announced(MACHINE_BOCHS, "isolation=paging",
                     "\nisolation: paging, this machine enforces segment limits; as asked for\r\n");
}

static void an_open_door_is_called_one(void **state)
{
    (void)state;
    expect_announced(MACHINE_QEMU, "isolation=segments",
                     "\nisolation: segments, as asked for; but this machine ignores segment limits: "
                     "ring 1 can reach the hypervisor\r\n");
}

static void expect_nonsense(const char *option)
{
    const char *guests[] = { BARE " demo", NULL };
    struct scene scene = scene_guests(option, guests);
    char *line = text_format("\nhypervisor: the boot option %s is not known or has no such value; the options are: ",
                             option);

    expect_words(&scene, line);
    expect_words(&scene, "isolation=auto|segments|paging");
    expect_no_words(&scene, "isolation: ");
    expect_no_words(&scene, "[bare]");
    expect_code(&scene, MACHINE_PANIC);
    free(line);
    scene_free(&scene);
}

static void nonsense_is_refused_in_a_sentence(void **state)
{
    (void)state;
    expect_nonsense("isolation=nonsense");
    expect_nonsense("isolation=");
    expect_nonsense("isolation");
    expect_nonsense("isolation=paging,segments");
}

/* The kernel that reads the hypervisor is stopped in paging mode, and is not where nothing stops it. */
static void the_door_is_shut_by_paging_alone(void **state)
{
    const char *guests[] = { PV_KERNELS "hv-read.elf", NULL };
    struct scene shut = scene_guests("isolation=paging", guests), open = scene_guests("isolation=segments", guests);

    (void)state;
    expect_words(&shut, "[hv-read] Test result: SUCCESS");
    expect_words(&open, "[hv-read] Test result: FAILURE");
    expect_no_words(&open, "panic: ");
    expect_code(&shut, MACHINE_SUCCESS);
    expect_code(&open, MACHINE_GUEST_FAILURE);
    scene_free(&shut);
    scene_free(&open);
}

/* A machine with a ring-1 guest that never ends, and its monitor. */
struct watched {
    struct machine *machine;
    int monitor;
    char *answer; /* to the last command */
};

static void monitor_read(struct watched *watched)
{
    size_t size = 0;

    free(watched->answer);
    watched->answer = memory_resize(NULL, 1 << 20);
    do {
        ssize_t count = read(watched->monitor, watched->answer + size, (1 << 20) - 1 - size);
        if (count <= 0)
            fail_msg("the monitor does not answer");
        size += (size_t)count;
        watched->answer[size] = '\0';
    } while (size < 7 || strcmp(watched->answer + size - 7, "(qemu) ") != 0);
}

static void monitor_do(struct watched *watched, const char *command)
{
    char *line = text_format("%s\n", command);

    assert_int_equal(write(watched->monitor, line, strlen(line)), strlen(line));
    monitor_read(watched);
    free(line);
}

static void monitor_open(struct watched *watched, const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };

    assert_true(strlen(path) < sizeof(address.sun_path));
    strcpy(address.sun_path, path);
    watched->monitor = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(connect(watched->monitor, (struct sockaddr *)&address, sizeof(address)), 0);
    monitor_read(watched);
}

/* Stopped in ring 1: the interrupt that is being handled just then is let through. */
static struct watched watched_start(const char *options)
{
    char *path = text_format("%s/%s", folder, options), *chardev = text_format("socket,id=m,path=%s,server=on,wait=off",
                                                                                path);
    const char *guests[] = { PV_KERNELS "spin.elf", NULL };
    const char *extra[] = { "-chardev", chardev, "-mon", "chardev=m,mode=readline", NULL };
    struct machine_setup setup = { .kernel = HYPERVISOR, .options = options, .modules = guests, .extra = extra };
    struct watched watched = { .machine = scene_start(&setup) };
    unsigned tries = 100;

    assert_true(machine_wait_text(watched.machine, "[spin] ", SAFETY));
    monitor_open(&watched, path);
    do {
        monitor_do(&watched, "cont");
        monitor_do(&watched, "stop");
        monitor_do(&watched, "info registers");
    } while (!strstr(watched.answer, "CPL=1") && --tries > 0);
    assert_true(tries > 0);
    monitor_do(&watched, "info mem");
    free(chardev);
    free(path);
    return watched;
}

static void watched_end(struct watched *watched)
{
    close(watched->monitor);
    machine_stop(watched->machine);
    free(watched->answer);
}

/* How much of [start, end) the tables map with a right: 'u' for ring 3, 'r' or 'w'. Lines are "start-end size urw". */
static unsigned long mapped(const struct watched *watched, unsigned long start, unsigned long end, char right)
{
    unsigned long from, to, size, sum = 0;
    const char *line = watched->answer;
    char rights[4];

    for (; line; line = strchr(line, '\n')) {
        line += strspn(line, "\r\n");
        if (sscanf(line, "%lx-%lx %lx %3s", &from, &to, &size, rights) != 4 || !strchr(rights, right))
            continue;
        from = from < start ? start : from;
        to = to > end ? end : to;
        sum += from < to ? to - from : 0;
    }
    return sum;
}

static void outside_sees_no_hypervisor(void **state)
{
    struct watched watched = watched_start("isolation=paging");

    (void)state;
    assert_true(mapped(&watched, 0, M2P, 'w') > 0x100000);
    assert_true(mapped(&watched, M2P, GATE_AREA, 'r') > 0);
    assert_int_equal(mapped(&watched, M2P, GATE_AREA, 'w'), 0);
    assert_true(mapped(&watched, GATE_AREA, GATE_END, 'r') > 0);
    assert_int_equal(mapped(&watched, GATE_AREA, GATE_END, 'w'), 4096); /* the trap page */
    assert_int_equal(mapped(&watched, GATE_END, 1ul << 32, 'r'), 0);
    assert_int_equal(mapped(&watched, M2P, 1ul << 32, 'u'), 0);
    watched_end(&watched);
}

/* The control: where the hypervisor is mapped, this way of looking sees it. */
static void outside_sees_the_hypervisor_in_segments_mode(void **state)
{
    struct watched watched = watched_start("isolation=segments");

    (void)state;
    assert_true(mapped(&watched, DIRECT_MAP, 1ul << 32, 'r') > 64 << 20);
    assert_int_equal(mapped(&watched, M2P, GATE_AREA, 'w'), 0);
    assert_int_equal(mapped(&watched, M2P, 1ul << 32, 'u'), 0);
    watched_end(&watched);
}

static int folder_make(void **state)
{
    (void)state;
    folder = scratch_create();
    return folder == NULL;
}

static int folder_remove(void **state)
{
    (void)state;
    scratch_remove(folder);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_choice_is_announced),
        cmocka_unit_test(what_was_asked_for_is_done),
        cmocka_unit_test(an_open_door_is_called_one),
        cmocka_unit_test(nonsense_is_refused_in_a_sentence),
        cmocka_unit_test(the_door_is_shut_by_paging_alone),
        cmocka_unit_test(outside_sees_no_hypervisor),
        cmocka_unit_test(outside_sees_the_hypervisor_in_segments_mode),
    };

    return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
