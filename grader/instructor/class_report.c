/*
 * What came of each student, and the tables of a class (host side, all labs; see class.h). Texts in reports were made
 * printable by the grader; here they are only quoted.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "class.h"
#include "scratch.h"

#define STATUS_REFUSED 3 /* of the grader: the submission is nothing that can be graded */

static cJSON *report_read(const struct student *student, const char *file)
{
    char *path = text_format("%s/%s", student->folder, file), *text = file_read(path, NULL);
    cJSON *report = text ? cJSON_Parse(text) : NULL;

    free(text);
    free(path);
    return report;
}

double report_number(const cJSON *report, const char *member)
{
    const cJSON *value = cJSON_GetObjectItem(report, member);

    return cJSON_IsNumber(value) ? value->valuedouble : 0;
}

/* The last line, without "grade: ". */
static char *complaint_sentence(const char *complaint)
{
    size_t length = strlen(complaint);

    while (length && complaint[length - 1] == '\n')
        length--;
    const char *line = memrchr(complaint, '\n', length);
    line = line ? line + 1 : complaint;
    length -= (size_t)(line - complaint);
    if (length > 7 && strncmp(line, "grade: ", 7) == 0)
        line += 7, length -= 7;
    return length ? text_format("%.*s", (int)length, line) : text_format("the grader ended without a word");
}

/* Also who could not be graded has a report for programs to read. It counts as unfinished: the next call tries again. */
static void reason_write(const struct student *student)
{
    char *path = text_format("%s/report.json", student->folder);
    cJSON *root = cJSON_CreateObject();

    cJSON_AddNumberToObject(root, "score", 0);
    cJSON_AddBoolToObject(root, "complete", false);
    cJSON_AddStringToObject(root, "reason", student->reason);
    cJSON_AddArrayToObject(root, "tests");
    char *text = cJSON_Print(root);
    if (text)
        file_write(path, text);
    free(text);
    cJSON_Delete(root);
    free(path);
}

void student_settle(struct student *student, int status, const char *complaint)
{
    bool ended = WIFEXITED(status);

    student->verdict = ended && WEXITSTATUS(status) == 0              ? VERDICT_GRADED :
                       ended && WEXITSTATUS(status) == STATUS_REFUSED ? VERDICT_REFUSED :
                                                                        VERDICT_TROUBLE;
    if (student->verdict != VERDICT_GRADED)
        student->reason = complaint_sentence(complaint);
    student->report = report_read(student, "report.json");
    if (student->verdict == VERDICT_GRADED && !student->report) {
        student->verdict = VERDICT_TROUBLE;
        student->reason = text_format("report.json is missing");
    }
    if (!student->report)
        reason_write(student);
}

void student_audit(struct student *student)
{
    cJSON *first = report_read(student, "report.json"), *second = report_read(student, "audit.json");
    const cJSON *test, *other;
    int number = 0;

    cJSON_DeleteItemFromObject(first, "execution_time");
    cJSON_DeleteItemFromObject(second, "execution_time");
    if (first && second && cJSON_Compare(first, second, true)) {
        cJSON_Delete(first);
        cJSON_Delete(second);
        return;
    }
    student->audit = text_format("a report is missing, or they differ outside their checks");
    cJSON_ArrayForEach(test, cJSON_GetObjectItem(first, "tests"))
    {
        other = cJSON_GetArrayItem(cJSON_GetObjectItem(second, "tests"), number++);
        if (cJSON_Compare(test, other, true))
            continue;
        free(student->audit);
        student->audit = text_format("they differ in %s", cJSON_GetStringValue(cJSON_GetObjectItem(test, "name")));
        break;
    }
    cJSON_Delete(first);
    cJSON_Delete(second);
}

static const char *verdict_name(enum verdict verdict)
{
    static const char *const names[] = { "not graded", "graded", "refused", "trouble" };

    return names[verdict];
}

/* A text that a spreadsheet would take for a formula gets an apostrophe: file names are the students' own. */
static void csv_text(FILE *out, const char *text, const char *end)
{
    fputs(text && *text && strchr("=+-@", *text) ? "\"'" : "\"", out);
    for (; text && *text; text++) {
        if (*text == '"')
            fputc('"', out);
        fputc(*text == '\n' ? ' ' : *text, out);
    }
    fprintf(out, "\"%s", end);
}

/* The exercises of the first report there is: the columns. */
static const cJSON *exercises_find(const struct class *class)
{
    for (size_t i = 0; i < class->count; i++)
        if (class->students[i].report)
            return cJSON_GetObjectItem(class->students[i].report, "exercises");
    return NULL;
}

static void csv_row(FILE *out, const struct student *student, const cJSON *columns, bool audit)
{
    const cJSON *exercises = cJSON_GetObjectItem(student->report, "exercises");
    int count = cJSON_GetArraySize(columns);

    csv_text(out, student->name, ",");
    csv_text(out, strrchr(student->path, '/') + 1, ",");
    fprintf(out, "%s,%g", verdict_name(student->verdict), report_number(student->report, "score"));
    for (int i = 0; i < count; i++)
        fprintf(out, ",%g", report_number(cJSON_GetArrayItem(exercises, i), "score"));
    fprintf(out, ",%s,", student->audit ? "different" : audit && student->verdict == VERDICT_GRADED ? "same" : "");
    csv_text(out, student->audit ? student->audit : student->reason, "\r\n");
}

static void csv_write(FILE *out, const struct class *class, bool audit)
{
    const cJSON *columns = exercises_find(class), *exercise;

    fputs("student,file,status,score", out);
    cJSON_ArrayForEach(exercise, columns)
        fprintf(out, ",%s", cJSON_GetStringValue(cJSON_GetObjectItem(exercise, "number")));
    fputs(",audit,reason\r\n", out);
    for (size_t i = 0; i < class->count; i++)
        csv_row(out, &class->students[i], columns, audit);
}

static void xml_text(FILE *out, const char *text)
{
    for (; text && *text; text++) {
        switch (*text) {
        case '<': fputs("&lt;", out); break;
        case '>': fputs("&gt;", out); break;
        case '&': fputs("&amp;", out); break;
        case '"': fputs("&quot;", out); break;
        default: fputc(*text, out);
        }
    }
}

static bool test_passed(const cJSON *test)
{
    const char *status = cJSON_GetStringValue(cJSON_GetObjectItem(test, "status"));

    return status && strcmp(status, "passed") == 0;
}

static void junit_case(FILE *out, const struct student *student, const char *name, bool passed, const char *output)
{
    fprintf(out, "    <testcase classname=\"%s\" name=\"%s\"", student->name, name);
    if (passed) {
        fputs("/>\n", out);
        return;
    }
    fputs(">\n      <failure message=\"not passed\">", out);
    xml_text(out, output);
    fputs("</failure>\n    </testcase>\n", out);
}

/* A submission that could not be graded is a suite with one failed case. */
static void junit_suite(FILE *out, const struct student *student)
{
    const cJSON *tests = cJSON_GetObjectItem(student->report, "tests"), *test;
    int count = cJSON_GetArraySize(tests), failed = 0;

    cJSON_ArrayForEach(test, tests)
        failed += !test_passed(test);
    fprintf(out, "  <testsuite name=\"%s\" tests=\"%d\" failures=\"%d\" errors=\"0\" skipped=\"0\">\n", student->name,
            count ? count : 1, count ? failed : 1);
    cJSON_ArrayForEach(test, tests)
        junit_case(out, student, cJSON_GetStringValue(cJSON_GetObjectItem(test, "name")), test_passed(test),
                   cJSON_GetStringValue(cJSON_GetObjectItem(test, "output")));
    if (!count)
        junit_case(out, student, "submission", false, student->reason);
    fputs("  </testsuite>\n", out);
}

static void junit_write(FILE *out, const struct class *class, bool audit)
{
    (void)audit;
    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n", out);
    for (size_t i = 0; i < class->count; i++)
        junit_suite(out, &class->students[i]);
    fputs("</testsuites>\n", out);
}

/* A new table takes the old one's place when it is complete. */
static bool table_write(const struct class *class, const char *out, const char *name, bool audit,
                        void (*write)(FILE *out, const struct class *class, bool audit), char **error)
{
    char *path = text_format("%s/%s", out, name), *new = text_format("%s.new", path);
    FILE *file = fopen(new, "w");
    bool done = file != NULL;

    if (file) {
        write(file, class, audit);
        done = !ferror(file);
        done = fclose(file) == 0 && done && rename(new, path) == 0;
    }
    if (!done) {
        *error = text_format("%s cannot be written: %s; name another folder with OUT=", path, strerror(errno));
        unlink(new);
    }
    free(path);
    free(new);
    return done;
}

bool class_write(const struct class *class, const char *out, bool audit, char **error)
{
    return table_write(class, out, "grades.csv", audit, csv_write, error) &&
           table_write(class, out, "junit.xml", audit, junit_write, error);
}
