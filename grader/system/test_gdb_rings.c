/*
 * The GDB commands with ring-1 guests (solution/gdb), in both modes of isolation: in paging mode GDB cannot read the
 * hypervisor's memory by its addresses while a guest runs, and every command has to do without. And the lecture scenes
 * of lab 2, breakpoints on hypercalls, and recordings. How sessions are run is in session.h.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "scratch.h"
#include "session.h"

#define KERNELS BUILD_FOLDER "/guests/tests/lab2-rings/"
#define TRIP    BUILD_FOLDER "/guests/scenes/round-trip.elf"
#define BARE    BUILD_FOLDER "/guests/bare.elf"
#define SCENES  "handouts/lectures/lab2-rings"

#define ON(guests, mode) "RL_MODE=gdb RL_IMAGE=" IMAGE " OPTIONS=isolation=" mode " GUESTS='" guests "'"
#define ALL_COMMANDS "rl domains\nrl vcpu\nrl vcpu brief 0\nrl traps\nrl traps 0\nrl emulate\nrl hypercalls\n" \
                     "rl pt 0x100000\nrl pt 0xf5800000 0\nrl pt 0xf8100000\nrl pt 0xf6800000 0\nrl console\n"

static const char *const modes[] = { ON(TRIP, "segments"), ON(TRIP, "paging") };

static void commands_show_a_trap_in_the_hypervisor(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        char *said = session_run(modes[i], "break bounce_page_fault\ncontinue\n" ALL_COMMANDS
                                           "print $rl_guest(\"kernel_ss\")\nprint $rl_guest(\"traps.14.dpl\")\n");
        EXPECT(said, "* 0   round-trip", "KiB   ready to run; ring-1 kernel, events masked", "ring     3",
               "kernel's stack for traps from ring 3: e021:", "it is from ring 3, a program of the guest's",
               "14: #PF page fault", "bounce frame of 14: #PF page fault, if the hypervisor does not deal with it",
               "trap_stubs+224 (ring 1, masks events)", "the kernel's own stack, at e021:", "| error   00000004 |",
               "| cs      0001e02b |  ring 3, a program; events were masked", "came in with vector 14",
               "memory of domain 0 (round-trip), its page 00100", "the guest's L3[0] at", "machine-to-physical table",
               "= 57377", "33 handlers by set_trap_table", "bounced to e019:");
        EXPECT_NONE(said, "cannot be read");
        free(said);
    }
}

static void commands_show_a_running_kernel(void **state)
{
    const char *limits[] = { "its segments end at f67fffff, where the CPU looks at limits", "L2[448]" };

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        char *said = session_run(modes[i], "break read_answer\ncontinue\n" ALL_COMMANDS
                                           "break *(char *)trap_stubs+14*16\n");
        EXPECT(said, "round-trip): runs now", "ring     1", "empty: the guest runs",
               "none is known to lie at its ESP", "it matters to us only if it traps", limits[i]);
        EXPECT_NONE(said, "cannot be read");
        free(said);
    }
}

/* All kinds of frames: an exception's from ring 1, INT n, a fast trap's, the failsafe callback's, iret's. */
static void frames_are_named(void **state)
{
    char *said = session_run(ON(KERNELS "sel-gone.elf", "paging"), "break *failsafe_entry\ncontinue\nrl traps\n");

    (void)state;
    EXPECT(said, "bounce frame of the failsafe callback, pushed by the hypervisor", "failsafe_entry (ring 1)",
           "| gs      ", "| ds      ");
    free(said);
    said = session_run(ON(KERNELS "fast-gate.elf", "paging"),
                       "break ask\ncontinue\nwhile *(unsigned short *)$pc != 0x80cd\nstepi\nend\nrl emulate\n"
                       "rl vcpu brief\nbreak *(char *)fast_handler\ncontinue\nrl traps\n");
    EXPECT(said, "fast trap: the CPU goes to e019:", "DPL 3: the CPU goes there by itself",
           "bounce frame of 128: software or unknown, pushed by the CPU itself, through the fast gate");
    free(said);
    said = session_run(ON(KERNELS "int-rings.elf", "segments"),
                       "break kernel_41\ncontinue\nrl emulate\nbreak pv_trap\ncontinue\nrl traps\nrl emulate\n"
                       "delete\nbreak user_40\nbreak user_40_in_ring3\ncontinue\ncontinue\nbreak pv_trap\ncontinue\n"
                       "rl traps\n");
    EXPECT(said, "bounce frame of INT 0x41", "becomes a bounce to", "bounce frame of 13: #GP protection",
           "| error   00000202 |");
    free(said);
}

static void emulation_is_foretold(void **state)
{
    char *said = session_run(ON(KERNELS "emulated.elf", "paging"),
                             "break pv_cr_read\ncontinue\nrl emulate\nrl traps\ndelete\nbreak pv_wbinvd\ncontinue\n"
                             "rl emulate\n");

    (void)state;
    EXPECT(said, "pv_cr_read()", "ring 1, the kernel: permitted", "the guest's CR", "EIP moves on to");
    free(said);
    said = session_run(ON(KERNELS "bounced.elf", "segments"),
                       "break pv_trap if $rl_frame(\"vector\") == 13\ncontinue\nrl emulate\ndelete\n"
                       "break pv_may_use_ports\ncontinue\nrl emulate\n");
    EXPECT(said, "decoded  hlt", "a ring-1 kernel that uses this has not been ported", "#GP(0) is bounced to e019:",
           "needs I/O privilege; ring 1, virtual IOPL 0: not permitted");
    free(said);
    said = session_run(ON(KERNELS "forced-cpuid.elf", "paging"), "break pv_emulate_cpuid\ncontinue\nrl emulate\n");
    EXPECT(said, "forced CPUID: ud2", "pv_emulate_cpuid()");
    free(said);
}

static void hypercalls_are_listed_and_stopped_at(void **state)
{
    char *said = session_run(ON(KERNELS "multicall.elf name=first, " TRIP " name=second", "paging"),
                             "rl hypercalls console_io second\nrl hypercalls nonsense\nrl hypercalls 1 2 3\n"
                             "rl hypercalls 0x100000000\nrl hypercalls vm_assist first\ncontinue\n"
                             "rl hypercalls third\nrl hypercalls 29 third\nrl hypercalls\n"
                             "delete\nrl hypercalls 18 second\ncontinue\nbacktrace 2\ndelete\n"
                             "rl hypercalls sched_op 1\ncontinue\nrl domains\n");

    (void)state;
    EXPECT(said, "there is no domain 'third'", "there is no hypercall 'nonsense'; rl hypercalls lists them",
           "say rl hypercalls, or rl hypercalls CALL", "there is no hypercall '0x100000000'",
           "domain 0 (first): 13 multicall(list ", "[0] xen_version(command 7 pagesize, buffer 00000000)",
           "0 set_trap_table()", "17 xen_version()", "from ring 1, the guest's kernel: being handled",
           "[2] vm_assist(command 0 enable, type 31)", "domain 1 (second): 18 console_io(command 0 write, count ",
           "text \"Test result: SUCCESS", "domain 1 (second): 29 sched_op(command 2 shutdown", "reason 0 poweroff",
           "* 1   second");
    free(said);
}

/* What is set while the guest runs is hit in the hypervisor, and the other way round. */
static void breakpoints_hold_on_both_sides(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        char *said = session_run(modes[i], "break *program_reads\ncontinue\nbreak bounce_page_fault\ncontinue\n"
                                           "break *program_goes_on\nnext\nbacktrace 1\ncontinue\nprint $eax\n");
        EXPECT(said, "Breakpoint 1, ", "Breakpoint 2, bounce_page_fault (", "Breakpoint 3, ", "$1 = 42");
        free(said);
    }
}

/* Each is an error in an expression, which would end a file of commands. */
static void fields_that_are_not_there_are_said(void **state)
{
    char *said = session_run(modes[1], "break read_answer\ncontinue\npython\n"
                                       "for path in 'nothing', 'traps.256.cs', 'traps', 'iopl.x', '3', '':\n"
                                       "  try:\n    gdb.parse_and_eval('$rl_guest(\"%s\")' % path)\n"
                                       "  except gdb.error as problem:\n    print(problem)\nend\n"
                                       "print $rl_guest(\"traps.14.cs\") + $rl_guest(\"info.evtchn_upcall_mask\")\n");

    (void)state;
    EXPECT(said, "struct pv_vcpu has no field 'nothing'", "has no element 256", "is no number", "has no field 'x'",
           "has no element 3", "has no field ''", "$1 = 57370");
    EXPECT_NONE(said, "Error occurred");
    free(said);
}

static void kinds_of_guests_stand_side_by_side(void **state)
{
    char *said = session_run(ON(BARE " name=bare, " TRIP " name=ring", "paging"),
                             "break bounce_page_fault\ncontinue\n" ALL_COMMANDS "rl vcpu bare\nrl traps bare\n"
                             "rl pt 0x100000 bare\nrl symbols ring " TRIP "\ninfo symbol program_reads\n"
                             "delete\nbreak emulate_out\ncontinue\n" ALL_COMMANDS "rl vcpu ring\nrl traps ring\n");

    (void)state;
    EXPECT(said, "* 1   ring", "  0   bare             alive", "* 0   bare",
           "its last trap; another domain is the current", "symbols of " TRIP " loaded", "of domain 0 (bare)",
           "guest-physical 00100000", "emulate_out()");
    free(said);
}

/* Each line of GDB's is a wound: pointers of floor 2's to nowhere, to guests' memory, to the end of it all. */
static void commands_survive_damaged_state(void **state)
{
    static const char *const wounds[] = {
        "pv->kernel_sp = 3", "pv->traps[14].cs = 0", "pv->info = (void *)0x1000", "pv->pdpt[0] = 0x7fffff001ull",
        "pv->pdpt[0] = 0xfffffffffffff001ull", "pv->gdt.count = 0xffffffff", "pv->gdt.copy[0].number = 0xfffffff",
        "vcpu_running->frame->esp = 0xfffffffe",
        "vcpu_running->frame->ss = 0x7f", "vcpu_running->frame->cs = 0xffff", "vcpu_running->frame->eip = 0xf7fffffe",
        "vcpu_running->frame->vector = 0xffffffff", "pv->base.number = 0xffffffff",
        "pv_domain.frames = 0", "vcpu_running->frame = (void *)0xfffffff0",
        "vcpu_running = (void *)4",
    };

    (void)state;
    for (unsigned mode = 0; mode < 2; mode++) {
        char *commands = text_format("break bounce_page_fault\ncontinue\n"), *next, *said;
        for (unsigned i = 0; i < sizeof(wounds) / sizeof(wounds[0]); i++, free(commands), commands = next)
            next = text_format("%sset var %s\n" ALL_COMMANDS, commands, wounds[i]);
        said = session_run(modes[mode], commands);
        EXPECT(said, "no address of the hypervisor's", "its own tables map nothing there",
               "without a handler the guest will be crashed", "which is not mapped: the guest will be crashed");
        free(commands);
        free(said);
    }
}

static void commands_survive_early_and_late(void **state)
{
    char *said = session_run(ON(TRIP, "paging"), ALL_COMMANDS "break floors_init\ncontinue\n" ALL_COMMANDS
                                                 "break pv_build\ncontinue\n" ALL_COMMANDS "delete\ncontinue\n"
                                                 ALL_COMMANDS);

    (void)state;
    EXPECT(said, "paging is off", "no floor of this image offers hypercalls, or they are not gathered yet",
           "offered by the floors of this image", "no domain: none has been built yet, or all have ended",
           "[round-trip] Test result: SUCCESS");
    free(said);
}

/* What students have before they begin: its guests do not start, and the commands say what there is. */
static void a_skeleton_can_be_looked_at(void **state)
{
    char *path = text_format("%s/commands", session_folder), *said;
    char *line = text_format("env -u MAKEFLAGS -u MAKELEVEL make -s gdb LAB=2 T= COMMANDS=%s", path);

    (void)state;
    assert_true(file_write(path, "rl hypercalls iret\n" ALL_COMMANDS "continue\n" ALL_COMMANDS "rl console\n"));
    assert_int_equal(session_shell(line, &said), 0);
    EXPECT(said, "The machine is about to switch itself off", "exercise", "demo-pv");
    EXPECT_NONE(said, "Traceback", "Python Exception");
    free(said);
    free(line);
    free(path);
}

/* A check's file names guests and options of its own. */
static void a_check_leads_to_a_ring_1_guest(void **state)
{
    char *path = text_format("%s/some-check.gdb", session_folder), *said;
    char *settings = text_format(ON(TRIP, "segments") " RL_CHECK=some-check RL_CHECKS=%s", session_folder);

    (void)state;
    assert_true(file_write(path, "# guests: " KERNELS "iret-mask.elf name=masks\n# options: isolation=paging\n"
                                 "rl hypercalls iret\ncontinue\n"));
    said = session_run(settings, "rl traps\nrl domains\n");
    EXPECT(said, "frame of the iret hypercall, taken from the guest's stack", "* 0   masks",
           "isolation of ring-1 guests: paging");
    free(said);
    free(settings);
    free(path);
}

/* The skeleton fails every check. A unit check has no machine; the debugger is led to where its function is used. */
static void the_grader_says_where(void **state)
{
    char *said;

    (void)state;
    assert_int_equal(session_shell("env -u MAKEFLAGS -u MAKELEVEL make -s grade LAB=2 T=descriptor-gate", &said), 0);
    free(said);
    said = session_run(ON(BARE, "paging") " RL_CHECK=descriptor-gate", "backtrace 1\nrl domains\nrl hypercalls\n");
    EXPECT(said, "descriptor-gate (exercise 2.1): stopping at descriptor_check_gate.", "#0  descriptor_check_gate (",
           "* 0   tour", "domain 0 (tour): 10 update_descriptor(address ");
    free(said);
}

static void a_recording_runs_backwards(void **state)
{
    char *settings = text_format("RL_FOLDER=%s/recording", session_folder), *said;
    char *record = text_format("RL_MODE=record RL_IMAGE=" IMAGE " OPTIONS=isolation=paging GUESTS='" TRIP
                               ", " BARE " name=bare' %s " SESSION_GDB, settings);

    (void)state;
    assert_int_equal(session_shell(record, &said), 0);
    EXPECT(said, "[round-trip] Test result: SUCCESS", "[bare] bare: end, 0 failed", "every guest ended with success");
    free(said);
    free(record);
    char *replay = text_format("RL_MODE=replay %s", settings);
    said = session_run(replay, "break bounce_page_fault\ncontinue\nset $first = $rl_frame(\"eip\")\nrl traps\n"
                               "delete\nbreak *program_goes_on\ncontinue\nset $sp = $esp\nrl vcpu\n"
                               "delete\nbreak bounce_page_fault\nreverse-continue\n"
                               "printf \"same trap %d\\n\", $rl_frame(\"eip\") == $first\n"
                               "set $at = $pc\nstepi\nreverse-stepi\nprintf \"same place %d\\n\", $pc == $at\n"
                               "delete\nbreak *program_reads\nreverse-continue\nrl pt program_reads\n"
                               "delete\nrl hypercalls iret\ncontinue\nrl traps\ndelete\nbreak *program_goes_on\n"
                               "continue\nprintf \"same end %d %d\\n\", $esp, $eax == 42\n");
    EXPECT(said, "same trap 1", "same place 1", "frame of the iret hypercall", " 1\n");
    free(said);
    free(replay);
    free(settings);
}

static void scenes_are_as_written(void **state)
{
    (void)state;
    assert_int_equal(session_play_scenes(SCENES, IMAGE), 2);
}

/* A machine started anew, and a command of the shell, in a scene that is not so. */
static void scenes_can_fail_behind_a_restart(void **state)
{
    char *path = text_format("%s/wrong.scene", session_folder);
    char *settings = text_format(LECTURE "RL_IMAGE=" IMAGE " RL_SCENES=%s RL_SCENE=wrong", session_folder);

    (void)state;
    assert_true(file_write(path, "guests: scenes/round-trip.elf\noptions: isolation=segments\nstop: one\n"
                                 "at: *program_reads\nconsole: isolation: segments\nstop: two\nboot: isolation=paging\n"
                                 "at: *program_reads\nconsole: isolation: segments\n"));
    expect_refusal(settings, "stop 'two': not as the scene expects: console: isolation: segments");
    assert_true(file_write(path, "guests: scenes/round-trip.elf\nstop: one\nat: here\nshell: echo $RL_GUESTS\n"
                                 "says: /guests\nshell: exit 3\nsays: no such word\n"));
    expect_refusal(settings, "stop 'one': not as the scene expects: says: no such word");
    free(settings);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commands_show_a_trap_in_the_hypervisor),
        cmocka_unit_test(commands_show_a_running_kernel),
        cmocka_unit_test(frames_are_named),
        cmocka_unit_test(emulation_is_foretold),
        cmocka_unit_test(hypercalls_are_listed_and_stopped_at),
        cmocka_unit_test(breakpoints_hold_on_both_sides),
        cmocka_unit_test(fields_that_are_not_there_are_said),
        cmocka_unit_test(kinds_of_guests_stand_side_by_side),
        cmocka_unit_test(commands_survive_damaged_state),
        cmocka_unit_test(commands_survive_early_and_late),
        cmocka_unit_test(a_skeleton_can_be_looked_at),
        cmocka_unit_test(a_check_leads_to_a_ring_1_guest),
        cmocka_unit_test(the_grader_says_where),
        cmocka_unit_test(a_recording_runs_backwards),
        cmocka_unit_test(scenes_are_as_written),
        cmocka_unit_test(scenes_can_fail_behind_a_restart),
    };

    return cmocka_run_group_tests(tests, session_set_up, session_tear_down);
}
