/*
 * JUnit XML and CSV reports (host side, all labs; see emit.h). Sources: the JUnit schema of Jenkins and GitLab;
 * RFC 4180.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emit.h"
#include "scratch.h"

/*
 * Results hold printable ASCII and newlines only (text_clean), so five characters are all that need care.
 * The newline is escaped for attributes: a parser would turn a bare one into a blank.
 */
static void xml_print(FILE *out, const char *text)
{
    static const char *const names[] = { ['<'] = "&lt;", ['>'] = "&gt;", ['&'] = "&amp;", ['"'] = "&quot;",
                                         ['\n'] = "&#10;" };

    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        const char *name = c < sizeof(names) / sizeof(names[0]) ? names[c] : NULL;
        if (name)
            fputs(name, out);
        else
            fputc(c, out);
    }
}

/* The card is the public one: JUnit reports are shown by forges to whoever sees the repository. */
static void junit_verdict(FILE *out, const struct result *result)
{
    static const char *const elements[] = { [RESULT_NOT_RUN] = "error", [RESULT_FAILED] = "failure",
                                            [RESULT_SKIPPED] = "skipped", [RESULT_ERROR] = "error" };
    const char *element = elements[result->status];
    char *card = result_card(result, true);

    fprintf(out, "    <%s message=\"", element);
    xml_print(out, result->reason ? result->reason :
                   result->status == RESULT_NOT_RUN ? "not run" : result->check->invariant);
    if (result->status == RESULT_SKIPPED) { /* has no text of its own in the schema */
        fputs("\"/>\n", out);
    } else {
        fputs("\" type=\"check\">", out);
        xml_print(out, card);
        fprintf(out, "</%s>\n", element);
    }
    free(card);
}

/* classname groups by exercise in the usual viewers. Times are 0: they would differ from run to run. */
static void junit_case(FILE *out, const struct result *result)
{
    fprintf(out, "  <testcase classname=\"lab%u.%s\" name=\"%s\" time=\"0\"", lab.number, result->check->exercise,
            result->check->name);
    if (result->status == RESULT_PASSED) {
        fputs("/>\n", out);
        return;
    }
    fputs(">\n", out);
    junit_verdict(out, result);
    fputs("  </testcase>\n", out);
}

char *emit_junit(const struct grading *grading)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    size_t errors = grading_count(grading, RESULT_ERROR) + grading_count(grading, RESULT_NOT_RUN);

    fprintf(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                 "<testsuite name=\"ringlet.lab%u\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\" "
                 "time=\"%.2f\">\n", lab.number, grading->count, grading_count(grading, RESULT_FAILED), errors,
            grading_count(grading, RESULT_SKIPPED), grading->seconds);
    for (size_t i = 0; i < grading->count; i++)
        junit_case(out, &grading->results[i]);
    fputs("</testsuite>\n", out);
    fclose(out);
    return text;
}

/* Always quoted, quotes doubled (RFC 4180, section 2). */
static void csv_field(FILE *out, const char *text, const char *end)
{
    fputc('"', out);
    for (; text && *text; text++) {
        if (*text == '"')
            fputc('"', out);
        fputc(*text == '\n' ? ' ' : *text, out); /* one row is one line, whatever reads it */
    }
    fprintf(out, "\"%s", end);
}

char *emit_csv(const struct grading *grading)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    fputs("lab,number,exercise,check,kind,status,score,max_score,expected,observed,reason\r\n", out);
    for (size_t i = 0; i < grading->count; i++) {
        const struct result *result = &grading->results[i];
        fprintf(out, "%u,%u,%s,%s,%s,%s,%u,%u,", lab.number, result->number, result->check->exercise,
                result->check->name, result->check->kind == CHECK_UNIT ? "unit" : "system",
                result_status_name(result->status), result_score(result), result->check->points);
        csv_field(out, result->expected, ",");
        csv_field(out, result->observed, ",");
        csv_field(out, result->reason, "\r\n");
    }
    fclose(out);
    return text;
}
