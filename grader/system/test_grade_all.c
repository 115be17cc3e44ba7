/*
 * Grading a class: good and bad submissions side by side, tables and reports for each, names that meet, going on where
 * it stopped, and two gradings compared.
 */
#define _GNU_SOURCE
#include <stdlib.h>

#include "scratch.h"
#include "typed.h"

#define FLOOR "lab1-boot"
#define GRADE "$make grade-all LAB=1 SUBMISSIONS=$folder/class OUT=$folder/out "

static void a_class_is_graded(void **state)
{
    (void)state;
    typed_do("mkdir -p $folder/class $folder/" FLOOR " && cp labs/" FLOOR "/* $folder/" FLOOR " && "
             "for file in solution/" FLOOR "/*.[chS]; do "
             "unifdef -DSOLUTION -o $folder/" FLOOR "/$(basename $file) $file; [ $? -le 1 ] || exit 1; done && "
             "mk/handin $folder/" FLOOR " $folder/class/ada.tar.gz && "
             "cp -r labs/" FLOOR " $folder/class/ada && echo no archive >\"$folder/class/=Bob Müller.zip\"");
    typed_expect(GRADE "JOBS=2 AUDIT=1 2>&1", 0, "2 graded, 1 refused, 0 in trouble, 0 graded differently");
    assert_true(typed_number("out/ada/report.json", "score") <= 10); /* the folder comes first by name */
    assert_true(typed_number("out/ada-2/report.json", "score") == 100);
    assert_true(typed_number("out/_Bob_M__ller/report.json", "score") == 0);
}

static void the_tables_have_every_student(void **state)
{
    (void)state;
    typed_expect("cat $folder/out/grades.csv", 0, "student,file,status,score,1.1,1.2,1.3,1.4,1.5,1.6,audit,reason\r\n");
    typed_expect("cat $folder/out/grades.csv", 0,
                 "\"ada-2\",\"ada.tar.gz\",graded,100,15,10,20,20,15,20,same,\"\"\r\n");
    /* A spreadsheet must not take a file's name for a formula. */
    typed_expect("cat $folder/out/grades.csv", 0, "\"_Bob_M__ller\",\"'=Bob Müller.zip\",refused,0,");
    typed_expect("cd $folder/out && xmllint --noout junit.xml && xmllint --xpath 'count(//testsuite)' junit.xml", 0,
                 "3");
    typed_expect("cat $folder/out/_Bob_M__ller/report.txt", 0, "is no readable .tar.gz or .zip archive");
    typed_expect("ls $folder/out/ada-2", 0, "audit.json\naudit.txt\njunit.xml\nreport.json\nreport.txt\n");
}

static void what_is_graded_is_not_graded_again(void **state)
{
    (void)state;
    typed_expect(GRADE "AUDIT=1", 0, "(already graded) [1/3] ada: ");
    typed_expect(GRADE "AUDIT=1 | grep -c 'already graded'", 0, "2\n");
    typed_expect("cp $folder/out/grades.csv $folder/before && " GRADE "AUDIT=1 && "
                 "cmp $folder/before $folder/out/grades.csv", 0, "");
}

static void what_has_changed_is_graded_again(void **state)
{
    (void)state;
    typed_do("rm -r \"$folder/class/=Bob Müller.zip\" $folder/class/ada.tar.gz && touch -d tomorrow "
             "$folder/class/ada/segments.c");
    typed_expect(GRADE "| grep -c 'already graded'", 1, "0\n");
    typed_do("touch -d yesterday $folder/class/ada/* $folder/class/ada");
    typed_expect(GRADE, 0, "already graded");
    typed_expect(GRADE "FORCE=1 | grep -c 'already graded'", 1, "0\n");
    typed_expect(GRADE "SEED=5 | grep -c 'already graded'", 1, "0\n");
}

/* Two reports that differ: the command says where and fails. */
static void a_difference_is_reported(void **state)
{
    (void)state;
    typed_expect(GRADE "AUDIT=1", 0, "0 graded differently");
    typed_do("sed -i '0,/\"status\":.*\"failed\"/s//\"status\": \"passed\"/' $folder/out/ada/audit.json && "
             "touch -d tomorrow $folder/out/ada/audit.json");
    typed_expect(GRADE "AUDIT=1 2>&1", 2, "1 graded differently");
    typed_expect("cat $folder/out/grades.csv", 0, ",different,\"they differ in segment-pack\"");
}

static void wrong_words_get_a_sentence(void **state)
{
    (void)state;
    typed_expect("$make grade-all LAB=1", 2, "say SUBMISSIONS=folder");
    typed_expect("$make grade-all", 2, "say which lab with LAB=1");
    typed_expect("$make grade-all LAB=1 SUBMISSIONS=$folder/nowhere", 2, "cannot be read: No such file or directory");
    typed_expect("mkdir $folder/none; $make grade-all LAB=1 SUBMISSIONS=$folder/none OUT=$folder/new", 2, "is empty");
    typed_expect(GRADE "JOBS=many", 2, "JOBS=many: say a number from 1 to 64");
    typed_expect(GRADE "JOBS=0", 2, "JOBS=0: say a number");
    typed_expect("touch $folder/file; " GRADE "OUT=$folder/file/x", 2, "cannot be made: Not a directory");
    typed_expect("ls $folder/new", 2, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_class_is_graded),
        cmocka_unit_test(the_tables_have_every_student),
        cmocka_unit_test(what_is_graded_is_not_graded_again),
        cmocka_unit_test(what_has_changed_is_graded_again),
        cmocka_unit_test(a_difference_is_reported),
        cmocka_unit_test(wrong_words_get_a_sentence),
    };

    return cmocka_run_group_tests(tests, typed_begin, typed_end);
}
