/*
 * Finding the students of a class, and whether they have been graded already (host side, all labs; see class.h).
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "class.h"
#include "scratch.h"

/* "Alice Müller_handin.tar.gz" becomes "Alice_M__ller_handin". */
static char *name_make(const char *file)
{
    static const char *const endings[] = { ".tar.gz", ".tgz", ".tar", ".zip" };
    size_t length = strlen(file);

    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
        size_t ending = strlen(endings[i]);
        if (length > ending && strcasecmp(file + length - ending, endings[i]) == 0) {
            length -= ending;
            break;
        }
    }
    char *name = text_format("%.*s", (int)length, file);
    for (char *c = name; *c; c++)
        if (!strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_", *c))
            *c = '_';
    return name;
}

static bool name_taken(const struct class *class, const char *name)
{
    for (size_t i = 0; i < class->count; i++)
        if (strcmp(class->students[i].name, name) == 0)
            return true;
    return false;
}

/* alice.zip beside alice.tar.gz is alice-2: nobody's work is lost, and the table shows the file. */
static char *name_unique(const struct class *class, char *name)
{
    char *unique = text_format("%s", name);

    for (unsigned number = 2; name_taken(class, unique); number++) {
        free(unique);
        unique = text_format("%s-%u", name, number);
    }
    free(name);
    return unique;
}

static void student_add(struct class *class, const char *submissions, const char *file, const char *out)
{
    char *name = name_unique(class, name_make(file));

    class->students = memory_resize(class->students, (class->count + 1) * sizeof(struct student));
    class->students[class->count++] = (struct student){
        .name = name, .path = text_format("%s/%s", submissions, file), .folder = text_format("%s/%s", out, name),
    };
}

bool class_find(struct class *class, const char *submissions, const char *out, char **error)
{
    struct dirent **entries;
    int count = scandir(submissions, &entries, NULL, alphasort);

    if (count < 0) {
        *error = text_format("SUBMISSIONS=%s cannot be read: %s; name a folder of archives", submissions,
                             strerror(errno));
        return false;
    }
    for (int i = 0; i < count; i++) {
        if (entries[i]->d_name[0] != '.')
            student_add(class, submissions, entries[i]->d_name, out);
        free(entries[i]);
    }
    free(entries);
    if (class->count == 0)
        *error = text_format("SUBMISSIONS=%s is empty; put one archive or folder for each student there", submissions);
    return class->count > 0;
}

static time_t newest; /* of a tree; nftw passes no pointer */

static int newest_see(const char *path, const struct stat *status, int type, struct FTW *place)
{
    (void)path;
    (void)type;
    (void)place;
    if (status->st_mtime > newest)
        newest = status->st_mtime;
    return 0;
}

/* Written after the submission, to its end, with that seed. */
static bool report_is_current(const struct student *student, const char *file, const char *seed)
{
    char *path = text_format("%s/%s", student->folder, file), *text = file_read(path, NULL);
    cJSON *report = text ? cJSON_Parse(text) : NULL, *used = cJSON_GetObjectItem(report, "seed");
    struct stat status;

    newest = 0;
    nftw(student->path, newest_see, 16, FTW_PHYS);
    bool current = report && stat(path, &status) == 0 && status.st_mtime > newest &&
                   cJSON_IsTrue(cJSON_GetObjectItem(report, "complete")) &&
                   strcmp(cJSON_IsString(used) ? used->valuestring : "", seed && *seed ? seed : "1") == 0;
    cJSON_Delete(report);
    free(text);
    free(path);
    return current;
}

bool student_is_done(const struct student *student, const char *seed, bool audit)
{
    return report_is_current(student, "report.json", seed) &&
           (!audit || report_is_current(student, "audit.json", seed));
}
