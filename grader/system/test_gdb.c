/*
 * The GDB commands, recordings and lecture scenes (solution/gdb), as a person would use them: GDB is started the way
 * mk/gdb.mk starts it, types what a test has written into a file, and its output is looked at. Each session has a limit
 * of wall-clock time, which nothing that passes comes near; the machines count instructions, so each run is the same.
 */
#define _GNU_SOURCE
#include <dirent.h>
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

#define IMAGE  BUILD_FOLDER "/ringlet.elf"
#define BARE   BUILD_FOLDER "/guests/bare.elf"
#define POPF   BUILD_FOLDER "/guests/bare-popf.elf"
#define SCENES "handouts/lectures/lab1-boot"
#define LIMIT  "timeout -k 1 60 "
#define GDB    LIMIT "gdb -nx -q -x solution/gdb/ringlet.py -ex 'rl session' </dev/null"

static char *folder, *temporary;

/* Runs a shell command; its exit status, and what it said to be freed. Nothing temporary may stay. */
static int shell(const char *command, char **said)
{
    char *log = text_format("%s/log", folder);
    char *arguments[] = { "sh", "-c", (char *)command, NULL };

    mkdir(temporary, 0777);
    int status = command_run(arguments, temporary, log);
    *said = file_read(log, NULL);
    assert_non_null(*said);
    if (rmdir(temporary) != 0)
        fail_msg("'%s' left files in its temporary folder", command);
    free(log);
    return status;
}

/* A session in which GDB gets these commands; what it said, to be freed. No command may show that it fell over. */
static char *session(const char *settings, const char *commands)
{
    char *path = text_format("%s/commands", folder), *said;

    assert_true(file_write(path, commands));
    char *line = text_format("%s RL_COMMANDS=%s " GDB, settings, path);
    int status = shell(line, &said);
    if (status != 0 || strstr(said, "Traceback") || strstr(said, "Python Exception") || strstr(said, "Error in"))
        fail_msg("'%s' with\n%s\nended with status %d and:\n%s", line, commands, status, said);
    free(line);
    free(path);
    return said;
}

static void expect_words(const char *said, const char *const *words)
{
    for (; *words; words++)
        if (!strstr(said, *words))
            fail_msg("'%s' is missing in:\n%s", *words, said);
}

#define EXPECT(said, ...) expect_words(said, (const char *const[]){ __VA_ARGS__, NULL })

#define ON_BARE "RL_MODE=gdb RL_IMAGE=" IMAGE " GUESTS='" BARE " name=bare'"
#define LECTURE "RL_MODE=lecture RL_IMAGE=" IMAGE " RL_GUESTS=" BUILD_FOLDER "/guests "
#define ALL_COMMANDS "rl domains\nrl vcpu\nrl vcpu brief 0\nrl traps\nrl emulate\nrl pt 0x100000\n" \
                     "rl pt 0xf6800000 0\nrl console\n"

static void commands_show_the_middle_of_a_trap(void **state)
{
    char *said = session(ON_BARE, "break emulate_lgdt\ncontinue\n" ALL_COMMANDS "rl pt &stack_guard\n");

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
    char *said = session(ON_BARE, "break shell_run\ncontinue\n" ALL_COMMANDS "rl symbols 0 " BARE "\n");

    (void)state;
    EXPECT(said, "domain 0 (bare): runs now", "empty: the guest runs", "it will execute next", "mode 3 divisor 11931",
           "[bare] bare: up", "symbols of " BARE " loaded");
    free(said);
}

/* Two kernels lie at the same addresses: the symbols of one must not name the code of the other. */
static void symbols_belong_to_one_guest(void **state)
{
    char *said = session("RL_MODE=gdb RL_IMAGE=" IMAGE " GUESTS='" BARE ", " POPF " name=second'",
                         "info symbol interrupts_restore\nrl symbols 1 " POPF "\ninfo symbol interrupts_restore\n"
                         "break interrupts_restore\ncontinue\nrl symbols second " POPF "\n");

    (void)state;
    EXPECT(said, POPF " lies where " BARE " does", "guests/bare.elf", "symbols of " POPF " loaded",
           "of /", "guests/bare-popf.elf", "Breakpoint 1, interrupts_restore");
    free(said);
}

static void commands_survive_the_time_before_paging(void **state)
{
    char *said = session(ON_BARE, ALL_COMMANDS);

    (void)state;
    EXPECT(said, "rl domains: memory at", "paging is off, so the hypervisor's addresses do not exist yet",
           "paging is off, so this is the physical address too", "rl console: nothing has been said yet");
    free(said);
}

static void commands_survive_a_machine_without_domains(void **state)
{
    char *said = session(ON_BARE, "break guests_start\ncontinue\n" ALL_COMMANDS
                                  "delete\ncontinue\n" ALL_COMMANDS);

    (void)state;
    EXPECT(said, "no domain: none has been built yet, or all have ended", "rl vcpu: no domain runs now",
           "there is no domain '0'; rl domains lists them", "[bare] bare: end, 0 failed");
    free(said);
}

static void commands_survive_damaged_state(void **state)
{
    char *said = session(ON_BARE, "break emulate_lgdt\ncontinue\n"
                                  "set var domains->next = domains\n" ALL_COMMANDS
                                  "set var domains->next = (void *)0x10000000\n" ALL_COMMANDS
                                  "set var domains->next = 0\nset var domains->state = 77\n" ALL_COMMANDS
                                  "set var domains->data = (void *)0xfffff000\n" ALL_COMMANDS
                                  "set var domains = (void *)0xfffffff0\n" ALL_COMMANDS
                                  "set var current = (void *)0xffff0000\n" ALL_COMMANDS
                                  "set $cr3 = 0x7fff000\nrl pt 0x1000\nset $esp = 5\nrl traps\n");

    (void)state;
    EXPECT(said, "the list of domains runs in a circle", "the list of domains is damaged after 1 of them",
           "state 77?", "nothing is mapped there");
    free(said);
}

static void commands_survive_a_panic(void **state)
{
    char *said = session(ON_BARE, "break trap_dispatch\ncontinue\nset var frame->cs = 8\ndelete\ncontinue\n"
                                  ALL_COMMANDS "backtrace\n");

    (void)state;
    EXPECT(said, "MACHINE_PANIC) at", "in the hypervisor", "panic_trap");
    free(said);
}

static void wrong_words_get_one_line(void **state)
{
    char *said = session(ON_BARE, "rl\nrl nonsense\nrl pt\nrl pt 1 2 3\nrl pt no_such_symbol\nrl vcpu nobody\n"
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
    char *path = text_format("%s/some-check.gdb", folder), *said;

    (void)state;
    assert_true(file_write(path, "# guests: " BUILD_FOLDER "/guests/tests/lab1-boot/triple-fault.elf name=three\n"
                                 "# options: slice=5\ntbreak emulate_lidt\ncontinue\n"));
    char *settings = text_format(ON_BARE " RL_CHECK=some-check RL_CHECKS=%s", folder);
    said = session(settings, "rl emulate\nrl domains\n");
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
    assert_int_equal(shell("env -u MAKEFLAGS -u MAKELEVEL make -s grade LAB=1 T=gate-pack", &said), 0);
    free(said);
    said = session(ON_BARE " RL_CHECK=gate-pack", "bt 2\n");
    EXPECT(said, "gate-pack (exercise 1.1): stopping at gate_pack.", "gate_pack (gate=");
    free(said);
}

static void a_recording_runs_backwards(void **state)
{
    char *settings = text_format("RL_FOLDER=%s/recording", folder), *said;
    char *record = text_format("RL_MODE=record RL_IMAGE=" IMAGE " GUESTS='" BARE ", " BARE " name=two' %s " GDB,
                               settings);

    (void)state;
    assert_int_equal(shell(record, &said), 0);
    EXPECT(said, "[bare] bare: end, 0 failed", "[two] bare: end, 0 failed", "every guest ended with success");
    free(said);
    free(record);
    char *replay = text_format("RL_MODE=replay %s", settings);
    said = session(replay, "break emulate_lidt\ncontinue\nset $first = $rl_frame(\"eip\")\nset $eax1 = $eax\n"
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
    struct dirent *entry;
    DIR *scenes = opendir(SCENES);
    unsigned played = 0;

    (void)state;
    assert_non_null(scenes);
    while ((entry = readdir(scenes)) != NULL) {
        char *end = strstr(entry->d_name, ".scene"), *said;
        if (!end)
            continue;
        *end = 0;
        char *line = text_format(LECTURE "RL_SCENES=" SCENES " RL_SCENE=%s " GDB, entry->d_name);
        if (shell(line, &said) != 0)
            fail_msg("scene %s:\n%s", entry->d_name, said);
        free(line);
        free(said);
        played++;
    }
    closedir(scenes);
    assert_int_equal(played, 2);
}

/* Exit status 1 and that sentence on the last line. */
static void expect_refusal(const char *settings, const char *words)
{
    char *line = text_format("%s " GDB " 2>&1 >/dev/null", settings), *said;
    int status = shell(line, &said);

    if (status != 1 || !strstr(said, words) || strchr(said, '\n') != said + strlen(said) - 1)
        fail_msg("'%s': expected status 1 and '%s', got status %d and:\n%s", line, words, status, said);
    free(said);
    free(line);
}

static void a_scene_that_is_not_so_fails(void **state)
{
    char *path = text_format("%s/wrong.scene", folder);
    char *settings = text_format(LECTURE "RL_SCENES=%s RL_SCENE=wrong", folder);

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
    expect_refusal(LECTURE "RL_SCENES=" SCENES " RL_SCENE=nope", "there is no scene 'nope'; SCENE= may be life-of-");
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
    char *tool = text_format("%s/bin/qemu-system-i386", folder), *bin = text_format("%s/bin", folder);
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
    char *path = text_format("%s/commands", folder), *said;
    char *line = text_format(ON_BARE " OPTIONS=slice=7 RL_COMMANDS=%s " GDB "; sleep 0.3; "
                             "cat /proc/$(cat %s/qemu)/cmdline 2>&1 | tr '\\0' ' '", path, folder);
    char *commands = text_format("python pid = sys.modules['rl_session'].machine.process.pid\n"
                                 "python open('%s/qemu', 'w').write(str(pid))\nshell kill -9 $PPID\n", folder);

    (void)state;
    assert_true(file_write(path, commands));
    shell(line, &said);
    if (strstr(said, "slice=7"))
        fail_msg("QEMU is still there: %s", said);
    free(said);
    free(commands);
    free(line);
    free(path);
}

static int set_up(void **state)
{
    (void)state;
    folder = scratch_create();
    temporary = text_format("%s/temporary", folder);
    return folder ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    free(temporary);
    scratch_remove(folder);
    return 0;
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

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
