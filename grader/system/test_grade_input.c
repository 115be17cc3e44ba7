/*
 * Bad input to `make grade`: whatever is wrong, there is one sentence that names it and says what to do, the exit
 * status is not 0, an old report stays as it was, and nothing half-written is left.
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scratch.h"
#include "typed.h"

#define FLOOR "lab1-boot"

/* All tools of this machine but those named, and an apt-get that brings nothing. */
#define WITHOUT(tools) "unset CI; PATH=$folder/bin; export PATH; rm -f " tools "; "

/* Graded with these words it fails with that sentence, and leaves alone what was there. */
static void expect_refused(const char *words, const char *sentence)
{
    char *command = text_format("echo old >$folder/out/old.json; $make grade LAB=1 JSON=$folder/out/old.json %s",
                                words);
    char *said;
    int status = typed_run(command, &said);
    const char *line = strstr(said, sentence);

    if (status != 2 || !line)
        fail_msg("'%s': expected status 2 and '%s', got status %d and:\n%s", command, sentence, status, said);
    const char *end = strchr(line, '\n');
    assert_true(end && end[-1] == '.' && (end[1] == 0 || strncmp(end + 1, "make: ***", 9) == 0));
    typed_expect("ls -A $folder/out; cat $folder/out/old.json", 0, "old.json\nold\n");
    typed_expect("ls -d $folder/*.new* $folder/ringlet-*", 2, "");
    free(said);
    free(command);
}

static void wrong_names(void **state)
{
    (void)state;
    typed_do("mkdir $folder/out");
    typed_expect("$make grade LAB=9", 2, "LAB=9: there is no such lab; say LAB=1");
    typed_expect("$make grade LAB=one", 2, "LAB=one: there is no such lab");
    typed_expect("$make grade", 2, "say LAB=N");
    expect_refused("T=no-such-check", "lab 1 has no check called no-such-check; the nearest are segment-pack, ");
    expect_refused("T=\"it's;exit\"", "lab 1 has no check called it's;exit");
    expect_refused("SEED=many", "SEED=many is no number");
}

static void submissions_that_are_none(void **state)
{
    (void)state;
    typed_do(": >$folder/empty.tar.gz; tar czf $folder/foreign.tar.gz README.md; mkdir $folder/hollow; "
             "head -c 999 /dev/urandom >$folder/noise.zip");
    expect_refused("SUBMISSION=$folder/nowhere", "nowhere cannot be read: No such file or directory");
    expect_refused("SUBMISSION=$folder/empty.tar.gz", "is no readable .tar.gz or .zip archive");
    expect_refused("SUBMISSION=$folder/noise.zip", "is no readable .tar.gz or .zip archive");
    expect_refused("SUBMISSION=$folder/foreign.tar.gz", "holds no file of lab 1");
    expect_refused("SUBMISSION=$folder/hollow", "holds no file of lab 1");
    expect_refused("SUBMISSION=/dev/null", "is no readable .tar.gz or .zip archive");
    if (geteuid() == 0)
        return; /* who can read everything */
    typed_do("chmod 0 $folder/foreign.tar.gz");
    expect_refused("SUBMISSION=$folder/foreign.tar.gz", "is no readable");
}

static void folders_with_missing_or_extra_files(void **state)
{
    (void)state;
    typed_do("cp -r labs/" FLOOR " $folder/floor && rm $folder/floor/decode.c");
    expect_refused("SUBMISSION=$folder/floor", "floor lacks decode.c, which belongs to lab 1");
    typed_do("cp labs/" FLOOR "/decode.c $folder/floor && touch $folder/floor/mine.c");
    expect_refused("SUBMISSION=$folder/floor", "mine.c is no file of lab 1 and would not be graded");
    typed_do("rm $folder/floor/mine.c && cp labs/" FLOOR "/decode.c $folder && rm -r $folder/floor");
    typed_do("tar czf $folder/part.tar.gz -C labs " FLOOR "/decode.c " FLOOR "/decode.h");
    expect_refused("SUBMISSION=$folder/part.tar.gz", "part.tar.gz lacks bare.h, which belongs to lab 1");
}

static void reports_that_cannot_be_written(void **state)
{
    (void)state;
    typed_expect("$make grade LAB=1 JSON=$folder/no/such/folder/x.json", 2,
                 "no/such/folder/x.json cannot be written: No such file or directory");
    typed_expect("$make grade LAB=1 JSON=$folder/out", 2, "out cannot be written: Is a directory");
    typed_expect("$make grade LAB=1 CSV=/proc/x.csv", 2, "/proc/x.csv cannot be written");
    typed_expect("ls $folder/no", 2, "");
}

static int tools_make(void **state)
{
    if (typed_begin(state) != 0)
        return 1;
    typed_do("mkdir $folder/bin $folder/old && ln -s -t $folder/bin /usr/bin/* && rm -f $folder/bin/apt-get && "
             "printf '#!/bin/sh\\nexit 0\\n' >$folder/bin/apt-get && chmod +x $folder/bin/apt-get && "
             "printf '#!/bin/sh\\necho \"QEMU emulator version 4.2.0\"\\n' >$folder/old/qemu-system-i386 && "
             "printf '#!/bin/sh\\necho \"GNU gdb (GDB) 7.12\"\\n' >$folder/old/gdb && chmod +x $folder/old/*");
    return 0;
}

static void tools_that_are_missing(void **state)
{
    (void)state;
    typed_expect(WITHOUT("$folder/bin/qemu-system-*") "$make grade LAB=1 JSON=$folder/out/x.json", 2,
                 "setup: missing packages; type: apt-get update && apt-get install --no-install-recommends "
                 "qemu-system-x86\n");
    /* The grader itself, too: it is the machine's fault, and said once. */
    typed_expect(WITHOUT("$folder/bin/qemu-system-*") "$build/grade-lab1 -b $build -t timer-frame -s solution", 1,
                 "grade: 1 checks could not be decided");
    typed_expect("rm -f $folder/bin/gdb*; ln -s -t $folder/bin /usr/bin/qemu-system-*; "
                 WITHOUT("$folder/bin/gdb") "$make gdb LAB=1 </dev/null", 2, "setup: missing packages; type: ");
    typed_expect("ls -A $folder/out", 0, "old.json\n");
}

static void tools_that_are_too_old(void **state)
{
    (void)state;
    typed_expect("PATH=$folder/old:$PATH $make grade LAB=1 JSON=$folder/out/x.json", 2,
                 "qemu-system-i386 is version 4.2.0, 6.2 or newer is needed; "
                 "gdb is version 7.12, 12 or newer is needed; install newer ones");
    typed_expect("rm $folder/old/qemu*; PATH=$folder/old:$PATH $make gdb LAB=1 </dev/null", 2,
                 "gdb is version 7.12, 12 or newer is needed");
    typed_expect("ls -A $folder/out", 0, "old.json\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_names),
        cmocka_unit_test(submissions_that_are_none),
        cmocka_unit_test(folders_with_missing_or_extra_files),
        cmocka_unit_test(reports_that_cannot_be_written),
        cmocka_unit_test(tools_that_are_missing),
        cmocka_unit_test(tools_that_are_too_old),
    };

    return cmocka_run_group_tests(tests, tools_make, typed_end);
}
