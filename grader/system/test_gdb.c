/*
 * The GDB commands, recordings and lecture scenes (solution/gdb), as a person would use them with bare guests; those
 * for ring-1 guests are in test_gdb_rings.c, how sessions are run in session.h.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "scratch.h"
#include "session.h"

#define BARE   BUILD_FOLDER "/guests/bare.elf"
#define POPF   BUILD_FOLDER "/guests/bare-popf.elf"
#define SCENES "handouts/lectures/lab1-boot"

#define ON_BARE "RL_MODE=gdb RL_IMAGE=" IMAGE " GUESTS='" BARE " name=bare'"
#define ALL_COMMANDS "rl domains\nrl vcpu\nrl vcpu brief 0\nrl traps\nrl emulate\nrl pt 0x100000\n" \
                     "rl pt 0xf6800000 0\nrl console\n"

static void commands_show_the_middle_of_a_trap(void **state)
{
    char *said = session_run(ON_BARE, "break emulate_lgdt\ncontinue\n" ALL_COMMANDS "rl pt &stack_guard\n");

    (void)state;
    EXPECT(said, "* 0   bare             alive     4096 KiB   ready to run", "13: #GP protection", "segments_load+",
           "ring     3                                           0", "CS       000b", "shadow GDT",
           "decoded  lgdt", "value    limit 0057", "emulate_lgdt(), on the virtual CPU", "needs ring 0",
           "guest-physical 00100000", "ring 3 may read and write", "ring 0 only, to read and write",
           "must be a double fault", "domain 0 (bare): started");
    free(said);
}

static void commands_show_a_running_guest(void **state)
{
    char *said = session_run(ON_BARE, "break shell_run\ncontinue\n" ALL_COMMANDS "rl symbols 0 " BARE "\n");

    (void)state;
    EXPECT(said, "domain 0 (bare): runs now", "empty: the guest runs", "it will execute next", "mode 3 divisor 11931",
           "[bare] bare: up", "symbols of " BARE " loaded");
    free(said);
}

/* Two kernels lie at the same addresses: the symbols of one must not name the code of the other. */
static void symbols_belong_to_one_guest(void **state)
{
    char *said = session_run("RL_MODE=gdb RL_IMAGE=" IMAGE " GUESTS='" BARE ", " POPF " name=second'",
                         "info symbol interrupts_restore\nrl symbols 1 " POPF "\ninfo symbol interrupts_restore\n"
                         "break interrupts_restore\ncontinue\nrl symbols second " POPF "\n");

    (void)state;
    EXPECT(said, POPF " lies where " BARE " does", "guests/bare.elf", "symbols of " POPF " loaded",
           "of /", "guests/bare-popf.elf", "Breakpoint 1, interrupts_restore");
    free(said);
}

static void commands_survive_the_time_before_paging(void **state)
{
    char *said = session_run(ON_BARE, ALL_COMMANDS);

    (void)state;
    EXPECT(said, "rl domains: memory at", "paging is off, so the hypervisor's addresses do not exist yet",
           "paging is off, so this is the physical address too", "rl console: nothing has been said yet");
    free(said);
}

static void commands_survive_a_machine_without_domains(void **state)
{
    char *said = session_run(ON_BARE, "break guests_start\ncontinue\n" ALL_COMMANDS
                                  "delete\ncontinue\n" ALL_COMMANDS);

    (void)state;
    EXPECT(said, "no domain: none has been built yet, or all have ended", "rl vcpu: no domain runs now",
           "there is no domain '0'; rl domains lists them", "[bare] bare: end, 0 failed");
    free(said);
}

static void commands_survive_damaged_state(void **state)
{
    char *said = session_run(ON_BARE, "break emulate_lgdt\ncontinue\n"
                                  "set var domains->next = domains\n" ALL_COMMANDS
                                  "set var domains->next = (void *)0x10000000\n" ALL_COMMANDS
                                  "set var domains->next = 0\nset var domains->state = 77\n" ALL_COMMANDS
                                  "set var domains->data = (void *)0xfffff000\n" ALL_COMMANDS
                                  "set var domains = (void *)0xfffffff0\n" ALL_COMMANDS
                                  "set var vcpu_running = (void *)0xffff0000\n" ALL_COMMANDS
                                  "set $cr3 = 0x7fff000\nrl pt 0x1000\nset $esp = 5\nrl traps\n");

    (void)state;
    EXPECT(said, "the list of domains runs in a circle", "the list of domains is damaged after 1 of them",
           "state 77?", "memory at 10000000 cannot be read: no address of the hypervisor's",
           "ESP is 00000005, on another stack");
    free(said);
}

static void commands_survive_a_panic(void **state)
{
    char *said = session_run(ON_BARE, "break trap_dispatch\ncontinue\nset var frame->cs = 8\ndelete\ncontinue\n"
                                  ALL_COMMANDS "backtrace\n");

    (void)state;
    EXPECT(said, "MACHINE_PANIC) at", "in the hypervisor", "panic_trap");
    free(said);
}

static void wrong_words_get_one_line(void **state)
{
    char *said = session_run(ON_BARE, "rl\nrl nonsense\nrl pt\nrl pt 1 2 3\nrl pt no_such_symbol\nrl vcpu nobody\n"
                                  "rl symbols\nrl symbols 0 /nowhere\nrl check nowhere\nrl help\n"
                                  "disconnect\nrl vcpu\n");

    (void)state;
    EXPECT(said, "rl: no command 'nonsense'", "say rl pt ADDRESS", "No symbol \"no_such_symbol\"",
           "/nowhere does not exist", "nowhere.gdb does not exist; make grade T=nowhere writes it",
           "there is no machine");
    free(said);
}

/* What the grader leaves for a failed check leads to the place. */
static void a_check_stops_before_it_fails(void **state)
{
    char *path = text_format("%s/some-check.gdb", session_folder), *said;

    (void)state;
    assert_true(file_write(path, "# guests: " BUILD_FOLDER "/guests/tests/lab1-boot/triple-fault.elf name=three\n"
                                 "# options: slice=5\ntbreak emulate_lidt\ncontinue\n"));
    char *settings = text_format(ON_BARE " RL_CHECK=some-check RL_CHECKS=%s", session_folder);
    said = session_run(settings, "rl emulate\nrl domains\n");
    EXPECT(said, "decoded  lidt", "* 0   three");
    free(said);
    free(settings);
    free(path);
}

/* The skeleton fails every check; what the grader leaves then leads the debugger there. */
static void the_grader_says_where(void **state)
{
    char *said;

    (void)state;
    assert_int_equal(session_shell("env -u MAKEFLAGS -u MAKELEVEL make -s grade LAB=1 T=gate-pack", &said), 0);
    free(said);
    said = session_run(ON_BARE " RL_CHECK=gate-pack", "bt 2\n");
    EXPECT(said, "gate-pack (exercise 1.1): stopping at gate_pack.", "gate_pack (gate=");
    free(said);
}

static void a_recording_runs_backwards(void **state)
{
    char *settings = text_format("RL_FOLDER=%s/recording", session_folder), *said;
    char *record = text_format("RL_MODE=record RL_IMAGE=" IMAGE " GUESTS='" BARE ", " BARE " name=two' %s " SESSION_GDB,
                               settings);

    (void)state;
    assert_int_equal(session_shell(record, &said), 0);
    EXPECT(said, "[bare] bare: end, 0 failed", "[two] bare: end, 0 failed", "every guest ended with success");
    free(said);
    free(record);
    char *replay = text_format("RL_MODE=replay %s", settings);
    said = session_run(replay, "break emulate_lidt\ncontinue\nset $first = $rl_frame(\"eip\")\nset $eax1 = $eax\n"
                           "stepi\nset $second = $pc\nreverse-stepi\nprintf \"same place %d\\n\", $pc == emulate_lidt\n"
                           "delete\nbreak domain_end\ncontinue\nrl domains\nset $esp2 = $esp\n"
                           "delete\nbreak emulate_lgdt\nreverse-continue\nset $late = $rl_frame(\"eip\")\n"
                           "delete\nbreak domain_start\nreverse-continue\nrl console\n"
                           "delete\nbreak emulate_lidt\ncontinue\n"
                           "printf \"same again %d\\n\", $rl_frame(\"eip\") == $first && $eax == $eax1\n"
                           "stepi\nprintf \"same step %d\\n\", $pc == $second\n"
                           "delete\nbreak domain_end\ncontinue\nprintf \"same end %d\\n\", $esp == $esp2\n");
    EXPECT(said, "same place 1", "emulate_lgdt (", "domain_start (", "same again 1", "same step 1", "same end 1");
    free(said);
    free(replay);
    free(settings);
}

static void scenes_are_as_written(void **state)
{
    (void)state;
    assert_int_equal(session_play_scenes(SCENES, IMAGE), 2);
}

static void a_scene_that_is_not_so_fails(void **state)
{
    char *path = text_format("%s/wrong.scene", session_folder);
    char *settings = text_format(LECTURE "RL_IMAGE=" IMAGE " RL_SCENES=%s RL_SCENE=wrong", session_folder);

    (void)state;
    assert_true(file_write(path, "guests: bare.elf\nstop: here\nat: emulate_lgdt\nfact: $rl_guest(\"ring\") == 3\n"));
    expect_refusal(settings, "stop 'here': not as the scene expects: fact: $rl_guest(\"ring\") == 3");
    assert_true(file_write(path, "guests: bare.elf\nstop: here\nat: panic\n"));
    expect_refusal(settings, "stop 'here': the machine never comes to panic");
    assert_true(file_write(path, "guests: bare.elf\nstop: here\nat: no_such_function\n"));
    expect_refusal(settings, "no_such_function");
    assert_true(file_write(path, "guests: bare.elf\nstopp: here\n"));
    expect_refusal(settings, "wrong.scene:2: 'stopp' is not known here");
    free(settings);
    free(path);
}

static void bad_input_gets_one_sentence(void **state)
{
    (void)state;
    expect_refusal(LECTURE "RL_IMAGE=" IMAGE " RL_SCENES=" SCENES " RL_SCENE=nope",
                   "there is no scene 'nope'; SCENE= may be life-of-");
    expect_refusal("RL_MODE=replay RL_FOLDER=/nowhere", "there is no recording in /nowhere; make record makes one");
    expect_refusal("RL_MODE=gdb RL_IMAGE=" IMAGE " GUESTS=/nowhere.elf", "/nowhere.elf does not exist");
    expect_refusal("RL_MODE=gdb RL_IMAGE=" IMAGE " RL_COMMANDS=/nowhere", "/nowhere does not exist; COMMANDS= names");
    expect_refusal("RL_MODE=gdb RL_IMAGE=" IMAGE " GUESTS=Makefile", "Makefile is not an ELF image");
    expect_refusal("RL_MODE=gdb RL_IMAGE=" IMAGE " RL_CHECK=nope", "T=nope: build/grade/nope.gdb does not exist");
    expect_refusal("RL_MODE=gdb RL_IMAGE=" IMAGE " RL_CHECK=../x", "that is no name of a check");
    expect_refusal("RL_MODE=record RL_FOLDER=/proc/none RL_IMAGE=" IMAGE, "/proc/none.new");
    expect_refusal("RL_MODE=record TIMEOUT=1 RL_FOLDER=$TMPDIR/../r RL_IMAGE=" IMAGE " GUESTS='" BARE " shell'",
                   "the run did not end within 1 s");
}

/* A stand-in for each tool, first in PATH. */
static void old_tools_are_refused(void **state)
{
    char *tool = text_format("%s/bin/qemu-system-i386", session_folder), *bin = text_format("%s/bin", session_folder);
    char *settings = text_format("PATH=%s:$PATH RL_MODE=gdb RL_IMAGE=" IMAGE, bin);

    (void)state;
    assert_int_equal(mkdir(bin, 0777), 0);
    assert_true(file_write(tool, "#!/bin/sh\necho QEMU emulator version 4.2.1\n"));
    chmod(tool, 0777);
    expect_refusal(settings, "is too old (QEMU emulator version 4.2.1); version 6.2 or newer is needed");
    assert_true(file_write(tool, "#!/bin/sh\n[ \"$1\" != --version ] || exec echo version 7.2\n"
                                 "echo no luck >&2\nexit 1\n"));
    expect_refusal(settings, "QEMU did not start: no luck");
    free(settings);
    free(bin);
    free(tool);
}

/* However GDB ends, its machine ends too. */
static void no_machine_is_left_behind(void **state)
{
    char *path = text_format("%s/commands", session_folder), *said;
    char *line = text_format(ON_BARE " OPTIONS=slice=7 RL_COMMANDS=%s " SESSION_GDB "; sleep 0.3; "
                             "cat /proc/$(cat %s/qemu)/cmdline 2>&1 | tr '\\0' ' '", path, session_folder);
    char *commands = text_format("python pid = sys.modules['rl_session'].machine.process.pid\n"
                                 "python open('%s/qemu', 'w').write(str(pid))\nshell kill -9 $PPID\n", session_folder);

    (void)state;
    assert_true(file_write(path, commands));
    session_shell(line, &said);
    if (strstr(said, "slice=7"))
        fail_msg("QEMU is still there: %s", said);
    free(said);
    free(commands);
    free(line);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commands_show_the_middle_of_a_trap),
        cmocka_unit_test(commands_show_a_running_guest),
        cmocka_unit_test(symbols_belong_to_one_guest),
        cmocka_unit_test(commands_survive_the_time_before_paging),
        cmocka_unit_test(commands_survive_a_machine_without_domains),
        cmocka_unit_test(commands_survive_damaged_state),
        cmocka_unit_test(commands_survive_a_panic),
        cmocka_unit_test(wrong_words_get_one_line),
        cmocka_unit_test(a_check_stops_before_it_fails),
        cmocka_unit_test(the_grader_says_where),
        cmocka_unit_test(a_recording_runs_backwards),
        cmocka_unit_test(scenes_are_as_written),
        cmocka_unit_test(a_scene_that_is_not_so_fails),
        cmocka_unit_test(bad_input_gets_one_sentence),
        cmocka_unit_test(old_tools_are_refused),
        cmocka_unit_test(no_machine_is_left_behind),
    };

    return cmocka_run_group_tests(tests, session_set_up, session_tear_down);
}
