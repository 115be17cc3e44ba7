/*
 * The handouts: what students read holds no line of a solution, and no link in it leads nowhere. A line leaks when it
 * stands between #ifdef SOLUTION and #else in some file, nowhere outside such a block, and in a page; blanks, comments
 * and mark-up make no difference. The pages are built by mk/handouts.mk before this runs. handouts/instructor never
 * reaches students, so it may show solutions; its links are checked all the same.
 */
/* sources: scratch.c */
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "scratch.h"

#define PAGES BUILD_FOLDER "/handouts/"
#define TRIVIAL 20 /* a folded line of so many characters or fewer could stand anywhere */

static const char *const SOURCES[] = { "solution/*/*.c", "solution/*/*.h", "solution/*/*.S", NULL };
static const char *const TEXTS[] = { "handouts/*.md", "handouts/lectures/*/*", "handouts/figures/*.svg", PAGES "*.html",
                                     NULL };
static const char *const ALL_PAGES[] = { PAGES "*.html", PAGES "instructor/*.html", NULL };
static const char *const LABS[] = { "handouts/lab*-*.md", NULL };

/* Lines of code: those only in solutions, and those that everybody has. */
struct lines {
    struct arguments solved, open;
};

static glob_t files_find(const char *const *patterns)
{
    glob_t found = { 0 };

    for (int i = 0; patterns[i]; i++)
        glob(patterns[i], i ? GLOB_APPEND : 0, NULL, &found);
    return found;
}

static char *file_text(const char *path)
{
    char *text = file_read(path, NULL);

    if (!text)
        fail_msg("%s cannot be read; say make handouts", path);
    return text;
}

/* Runs of blanks become one, those at both ends none. In place. */
static char *fold(char *text)
{
    char *to = text;

    for (char *from = text; *from; from++) {
        bool blank = strchr(" \t\r\n", *from);
        if (!blank)
            *to++ = *from;
        else if (to > text && to[-1] != ' ')
            *to++ = ' ';
    }
    if (to > text && to[-1] == ' ')
        to--;
    *to = 0;
    return text;
}

/* Behind the comment's beginning nothing is code; whole comment lines become empty. In place. */
static void comment_cut(char *line)
{
    char *comment = strstr(line, "/*");

    if (comment)
        *comment = 0;
    if (line[strspn(line, " \t")] == '*')
        *line = 0;
}

static void code_read(struct lines *lines, char *text)
{
    bool solved = false;
    char *rest = text, *line;

    while ((line = strsep(&rest, "\n"))) {
        if (strncmp(line, "#ifdef SOLUTION", 15) == 0)
            solved = true;
        else if (strncmp(line, "#else", 5) == 0 || strncmp(line, "#endif", 6) == 0)
            solved = false;
        comment_cut(line);
        if (strlen(fold(line)) > TRIVIAL)
            arguments_add(solved ? &lines->solved : &lines->open, "%s", line);
    }
}

static struct lines code_read_all(void)
{
    struct lines lines = { 0 };
    glob_t files = files_find(SOURCES);

    for (size_t i = 0; i < files.gl_pathc; i++) {
        char *text = file_text(files.gl_pathv[i]);
        code_read(&lines, text);
        free(text);
    }
    globfree(&files);
    return lines;
}

static void lines_free(struct lines *lines)
{
    arguments_free(&lines->solved);
    arguments_free(&lines->open);
}

/* The character that an entity at `text` stands for, or 0; *length is the entity's. */
static char entity(const char *text, size_t *length)
{
    static const struct { const char *name; char value; } known[] = {
        { "&lt;", '<' }, { "&gt;", '>' }, { "&amp;", '&' }, { "&quot;", '"' }, { "&#39;", '\'' }, { "&nbsp;", ' ' },
    };

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        *length = strlen(known[i].name);
        if (strncmp(text, known[i].name, *length) == 0)
            return known[i].value;
    }
    return 0;
}

/* A page's text without its tags. A "<" that no letter or "/" follows is text (Markdown is not escaped). In place. */
static char *tags_strip(char *text)
{
    char *to = text;
    size_t length;

    for (const char *from = text; *from;) {
        const char *end = strchr("/abcdefghijklmnopqrstuvwxyz!", from[1]) && from[1] ? strchr(from, '>') : NULL;
        char value = entity(from, &length);

        if (*from == '<' && end) {
            from = end + 1;
            continue;
        }
        *to++ = value ? value : *from;
        from += value ? length : 1;
    }
    *to = 0;
    return text;
}

static bool is_open(const struct lines *lines, const char *line)
{
    for (size_t i = 0; i < lines->open.count; i++)
        if (strstr(lines->open.list[i], line))
            return true;
    return false;
}

/* The first line of a solution in `text`, or NULL. Looks at the text as it is, and at what a browser would show. */
static const char *leak_find(const struct lines *lines, const char *text)
{
    char *plain = fold(text_format("%s", text)), *shown = fold(tags_strip(text_format("%s", text)));
    const char *leak = NULL;

    for (size_t i = 0; i < lines->solved.count && !leak; i++) {
        const char *line = lines->solved.list[i];
        if ((strstr(plain, line) || strstr(shown, line)) && !is_open(lines, line))
            leak = line;
    }
    free(plain);
    free(shown);
    return leak;
}

static void no_page_shows_a_solution(void **state)
{
    struct lines lines = code_read_all();
    glob_t files = files_find(TEXTS);

    (void)state;
    assert_true(lines.solved.count > 100);
    assert_true(files.gl_pathc > 2);
    for (size_t i = 0; i < files.gl_pathc; i++) {
        char *text = file_text(files.gl_pathv[i]);
        const char *leak = leak_find(&lines, text);
        if (leak)
            fail_msg("%s shows a line that exists only in a solution: %s", files.gl_pathv[i], leak);
        free(text);
    }
    globfree(&files);
    lines_free(&lines);
}

static void an_injected_leak_is_found(void **state)
{
    char code[] = "static int given(int number)\n#ifdef SOLUTION\n    if (number < 3 && is_ready(number)) /* why */\n"
                  "    return number_of_things;\n#else\n    EXERCISE(\"1.1\");\n#endif\n";
    struct lines lines = { 0 };

    (void)state;
    code_read(&lines, code);
    assert_null(leak_find(&lines, "static int given(int number)"));
    assert_null(leak_find(&lines, "if number is below 3, is it ready?"));
    assert_non_null(leak_find(&lines, "text\n    if (number < 3   &&\n is_ready(number))\nmore"));
    assert_non_null(leak_find(&lines, "<pre>if (number &lt; 3 &amp;&amp; <b>is_ready</b>(number))</pre>"));
    assert_non_null(leak_find(&lines, "`return number_of_things;`"));
    lines_free(&lines);
}

/* Real lines, in the middle of the real handout: each one that is not given elsewhere must be found. */
static void every_line_of_a_solution_would_be_found(void **state)
{
    struct lines lines = code_read_all();
    char *page = file_text("handouts/lab1-boot.md");
    size_t half = strlen(page) / 2;

    (void)state;
    for (size_t i = 0; i < lines.solved.count; i += 7) {
        const char *line = lines.solved.list[i];
        char *text = text_format("%.*s\n    %s\n%s", (int)half, page, line, page + half);
        if (!is_open(&lines, line))
            assert_non_null(leak_find(&lines, text));
        free(text);
    }
    free(page);
    lines_free(&lines);
}

static bool has_anchor(const char *page, const char *anchor, size_t length)
{
    char *id = text_format("id=\"%.*s\"", (int)length, anchor);
    bool found = strstr(page, id);

    free(id);
    return found;
}

/* Where a link of the page at `path` leads: itself, or a page beside it. NULL when there is none. */
static char *target_read(const char *path, const char *page, const char *link, size_t length)
{
    const char *slash = strrchr(path, '/');
    char *name, *text;

    if (length == 0)
        return text_format("%s", page);
    name = text_format("%.*s/%.*s", (int)(slash - path), path, (int)length, link);
    text = file_read(name, NULL);
    free(name);
    return text;
}

/* Is the link, which is not an address in the world, good? */
static bool link_works(const char *path, const char *page, const char *link, size_t length)
{
    size_t name = strcspn(link, "#\"");
    char *target = target_read(path, page, link, name < length ? name : length);
    bool works = target && (name >= length || has_anchor(target, link + name + 1, length - name - 1));

    free(target);
    return works;
}

/* The first link or picture that leads nowhere, as a fresh string; NULL when all is well. */
static char *broken_find(const char *path, const char *page)
{
    static const char *const attributes[] = { "href=\"", "src=\"" };

    for (size_t i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++)
        for (const char *at = page; (at = strstr(at, attributes[i]));) {
            at += strlen(attributes[i]);
            size_t length = strcspn(at, "\"");
            bool world = strncmp(at, "http", 4) == 0 || strncmp(at, "mailto:", 7) == 0;
            if (!world && !link_works(path, page, at, length))
                return text_format("%.*s", (int)length, at);
        }
    return NULL;
}

static void every_link_leads_somewhere(void **state)
{
    glob_t files = files_find(ALL_PAGES);

    (void)state;
    assert_true(files.gl_pathc > 0);
    for (size_t i = 0; i < files.gl_pathc; i++) {
        char *page = file_text(files.gl_pathv[i]), *broken = broken_find(files.gl_pathv[i], page);
        if (broken)
            fail_msg("%s links to %s, which does not exist", files.gl_pathv[i], broken);
        free(page);
    }
    globfree(&files);
}

static void a_broken_link_is_found(void **state)
{
    static const char *const good[] = { "<p id=\"a\"><a href=\"#a\">", "<a href=\"https://example.org/x#y\">",
                                        "<a href=\"lab1-boot.html#exercise-1-1\">" };
    static const char *const bad[] = { "<p id=\"ab\"><a href=\"#a\">", "<a href=\"nowhere.html\">",
                                       "<img src=\"gone.svg\">", "<a href=\"lab1-boot.html#exercise-9-9\">" };

    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        assert_null(broken_find(PAGES "page.html", good[i]));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        char *broken = broken_find(PAGES "page.html", bad[i]);
        assert_non_null(broken);
        free(broken);
    }
}

/* The name of a lab, such as lab1-boot, from the path of its handout's source; the caller's to free. */
static char *lab_name(const char *source)
{
    const char *name = strrchr(source, '/') + 1;

    return text_format("%.*s", (int)strcspn(name, "."), name);
}

/* For each handout of a lab: `look` at its page and at the text of each file of the lab that `pattern` finds. */
static void labs_look(const char *pattern, void (*look)(const char *page, const char *file, char *text))
{
    glob_t sources = files_find(LABS);

    assert_true(sources.gl_pathc > 1);
    for (size_t i = 0; i < sources.gl_pathc; i++) {
        char *lab = lab_name(sources.gl_pathv[i]), *page_path = text_format(PAGES "%s.html", lab);
        char *page = file_text(page_path), *files_pattern = text_format(pattern, lab);
        glob_t files = files_find((const char *const[]){ files_pattern, NULL });

        for (size_t k = 0; k < files.gl_pathc; k++) {
            char *text = file_text(files.gl_pathv[k]);
            look(page, files.gl_pathv[k], text);
            free(text);
        }
        globfree(&files);
        free(files_pattern);
        free(page);
        free(page_path);
        free(lab);
    }
    globfree(&sources);
}

/* Whatever stands in `text` between `begin` and the next `"`, with `prefix` in front, must be an anchor of the page. */
static void anchors_expect(const char *page, const char *file, const char *text, const char *begin, const char *prefix)
{
    for (const char *at = text; (at = strstr(at, begin));) {
        at += strlen(begin);
        char *anchor = text_format("%s%.*s", prefix, (int)strcspn(at, "\""), at);
        if (!has_anchor(page, anchor, strlen(anchor)))
            fail_msg("%s needs the anchor %s, which the handout lacks; say make handouts", file, anchor);
        free(anchor);
    }
}

/* Failure cards name anchors; the pages list the checks from their own tables, and each must have got there. */
static void check_look(const char *page, const char *file, char *text)
{
    anchors_expect(page, file, text, ".handout = \"", "");
    anchors_expect(page, file, text, ".name = \"", "check-");
}

static void every_check_and_card_has_its_anchor(void **state)
{
    (void)state;
    labs_look("grader/%s/check_*.c", check_look);
}

/* The skeleton's own message points into the lab's page: EXERCISE("2.1") to #exercise-2-1. */
static void exercise_look(const char *page, const char *file, char *text)
{
    for (char *at = text; (at = strstr(at, "EXERCISE(\""));)
        if (at += strlen("EXERCISE(\""), at[1] == '.')
            at[1] = '-';
    anchors_expect(page, file, text, "EXERCISE(\"", "exercise-");
}

static void every_exercise_has_its_anchor(void **state)
{
    (void)state;
    labs_look("labs/%s/*.[chS]", exercise_look);
}

/* Drawings look alike because each one starts with the same style; and each one is used. */
static void drawings_share_one_style(void **state)
{
    static const char *const drawings[] = { "handouts/figures/*.svg", NULL };
    glob_t files = files_find(drawings);
    char *first = NULL;

    (void)state;
    for (size_t i = 0; i < files.gl_pathc; i++) {
        char *text = file_text(files.gl_pathv[i]), *style = strstr(text, "<style>"), *end = strstr(text, "</style>");
        assert_true(style && end);
        char *block = text_format("%.*s", (int)(end - style), style);
        if (first)
            assert_string_equal(block, first);
        else
            first = text_format("%s", block);
        free(block);
        free(text);
    }
    assert_non_null(first);
    free(first);
    globfree(&files);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_page_shows_a_solution),
        cmocka_unit_test(an_injected_leak_is_found),
        cmocka_unit_test(every_line_of_a_solution_would_be_found),
        cmocka_unit_test(every_link_leads_somewhere),
        cmocka_unit_test(a_broken_link_is_found),
        cmocka_unit_test(every_exercise_has_its_anchor),
        cmocka_unit_test(every_check_and_card_has_its_anchor),
        cmocka_unit_test(drawings_share_one_style),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
