/*
 * A class to be graded (host side, all labs): its students, what came of each, and the tables made of that. Used by
 * grade_all.c only.
 */
#ifndef RINGLET_CLASS_H
#define RINGLET_CLASS_H

#include <stdbool.h>
#include <stddef.h>

#include <cjson/cJSON.h>

enum verdict {
    VERDICT_NONE,    /* not graded yet */
    VERDICT_GRADED,
    VERDICT_REFUSED, /* nothing in it could be graded; `reason` is for the student */
    VERDICT_TROUBLE, /* the grader failed; `reason` is for the instructor: grade again */
};

struct student {
    char *name;    /* of files and folders: letters, digits, ".-_"; unique in the class */
    char *path;    /* what was submitted */
    char *folder;  /* where the reports go */
    unsigned pass; /* gradings begun */
    enum verdict verdict;
    char *reason;
    char *audit;   /* how two gradings differed; NULL: they did not, or there was one */
    cJSON *report; /* report.json; NULL unless graded */
};

struct class {
    struct student *students; /* in the order of their names */
    size_t count;
};

/* One student for each entry of the folder. False with a sentence in *error. */
bool class_find(struct class *class, const char *submissions, const char *out, char **error);

/* True when the student's report is complete, of this seed (NULL: any) and younger than the submission. */
bool student_is_done(const struct student *student, const char *seed, bool audit);

/* Takes the reports in the student's folder as the result. `complaint`: what the grader said; `status`: its end. */
void student_settle(struct student *student, int status, const char *complaint);

/* Compares report.json and audit.json but for the time they took; fills student->audit. */
void student_audit(struct student *student);

double report_number(const cJSON *report, const char *member);

/* grades.csv and junit.xml of the whole class. False with a sentence in *error. */
bool class_write(const struct class *class, const char *out, bool audit, char **error);

#endif
