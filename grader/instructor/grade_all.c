/*
 * A whole class (host side, all labs; `make grade-all` calls it): grades every archive and folder of a folder, some at
 * once, each by a grader process of its own, so that none can stop the others. OUT/STUDENT/ gets report.txt,
 * report.json and junit.xml as they come; OUT/grades.csv and OUT/junit.xml are the class. Called again it grades only
 * what is new. Exit status 0: every submission has a trustworthy verdict; 1: some have not, or two gradings differed.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "class.h"
#include "scratch.h"

#define JOBS_MAX     64
#define WALL_SECONDS 1200 /* for one grading: it has limits of its own, which end it far earlier */

static struct {
    const char *lab, *build, *out, *seed, *submissions;
    unsigned long jobs;
    bool audit, force;
} options = { .build = "build", .jobs = 1 };

struct job {
    pid_t pid; /* 0: free */
    struct student *student;
    time_t start;
};

static struct job jobs[JOBS_MAX];
static size_t finished;

static int complain(const char *error)
{
    fprintf(stderr, "grade-all: %s.\n", error);
    return 1;
}

static bool options_read(int count, char **words, char **error)
{
    const char *number = "";
    int letter;

    while ((letter = getopt(count, words, "l:b:j:o:S:af")) != -1) {
        switch (letter) {
        case 'l': options.lab = optarg; break;
        case 'b': options.build = optarg; break;
        case 'j': number = optarg; break;
        case 'o': options.out = optarg; break;
        case 'S': options.seed = optarg; break;
        case 'a': options.audit = true; break;
        case 'f': options.force = true; break;
        default: *error = text_format("unknown word; use make grade-all"); return false;
        }
    }
    char *end = NULL;
    options.submissions = optind == count - 1 ? words[optind] : "";
    options.jobs = *number ? strtoul(number, &end, 10) : 1;
    if (!*options.submissions)
        *error = text_format("say SUBMISSIONS=folder, a folder with an archive for each student");
    else if (options.jobs < 1 || options.jobs > JOBS_MAX || (end && *end) || *number == '-')
        *error = text_format("JOBS=%s: say a number from 1 to %d", number, JOBS_MAX);
    if (!options.out || !*options.out)
        options.out = text_format("%s/grade-all-lab%s", options.build, options.lab);
    return !*error;
}

static char *report_path(const struct student *student, const char *name)
{
    return text_format("%s/%s", student->folder, name);
}

static void output_redirect(const struct student *student, const char *name, int to)
{
    char *path = report_path(student, name);
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

    if (file < 0 || dup2(file, to) < 0)
        _exit(126);
    free(path);
}

/* The second grading leaves audit.json and nothing else. */
static void __attribute__((noreturn)) child_run(const struct student *student, pid_t parent)
{
    bool second = student->pass == 2;
    char *grader = text_format("%s/grade-lab%s", options.build, options.lab);
    char *json = report_path(student, second ? "audit.json" : "report.json");
    char *junit = report_path(student, "junit.xml");

    prctl(PR_SET_PDEATHSIG, SIGTERM);
    output_redirect(student, second ? "audit.txt" : "report.txt", STDOUT_FILENO);
    output_redirect(student, "complaint.txt", STDERR_FILENO);
    if (getppid() != parent)
        _exit(126);
    execl(grader, grader, "-b", options.build, "-s", student->path, "-S", options.seed ? options.seed : "", "-j", json,
          "-x", second ? "" : junit, NULL);
    fprintf(stderr, "%s cannot be started: %s\n", grader, strerror(errno));
    _exit(126);
}

/* What an earlier grading left must not be taken for this one's. */
static void reports_remove(const struct student *student)
{
    static const char *const names[] = { "report.json", "audit.json", "report.txt", "audit.txt", "junit.xml",
                                         "complaint.txt" };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char *path = report_path(student, names[i]);
        unlink(path);
        free(path);
    }
}

static void job_start(struct job *job, struct student *student)
{
    pid_t parent = getpid();

    student->pass++;
    if (student->pass == 1)
        reports_remove(student);
    fflush(NULL);
    *job = (struct job){ fork(), student, time(NULL) };
    if (job->pid == 0)
        child_run(student, parent);
}

static void progress_print(const struct class *class, const struct student *student)
{
    printf("[%zu/%zu] %s: ", ++finished, class->count, student->name);
    if (student->verdict == VERDICT_GRADED)
        printf("%g/%g%s%s\n", report_number(student->report, "score"), report_number(student->report, "max_score"),
               student->audit ? ", graded twice: " : "", student->audit ? student->audit : "");
    else
        printf("%s: %s\n", student->verdict == VERDICT_REFUSED ? "refused" : "trouble", student->reason);
    fflush(stdout);
}

/* Also in the folder of the student, for whom report.txt is. */
static void reason_append(const struct student *student)
{
    char *path = report_path(student, "report.txt");
    FILE *file = student->reason ? fopen(path, "a") : NULL;

    if (file) {
        fprintf(file, "%s.\n", student->reason);
        fclose(file);
    }
    free(path);
}

/* A student's grading is over: another one, or the verdict. */
static void job_end(struct job *job, int status, const struct class *class)
{
    struct student *student = job->student;
    char *path = report_path(student, "complaint.txt"), *complaint = file_read(path, NULL);

    job->pid = 0;
    unlink(path);
    free(path);
    if (options.audit && student->pass == 1 && WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        job_start(job, student);
    } else {
        student_settle(student, status, complaint ? complaint : "");
        if (student->pass == 2)
            student_audit(student);
        reason_append(student);
        progress_print(class, student);
    }
    free(complaint);
}

/* True while a job runs; ends those that are over, or over their time. */
static bool jobs_look(const struct class *class)
{
    bool running = false;
    int status;

    for (unsigned long i = 0; i < options.jobs; i++) {
        if (!jobs[i].pid)
            continue;
        if (time(NULL) > jobs[i].start + WALL_SECONDS)
            kill(jobs[i].pid, SIGTERM);
        if (jobs[i].pid < 0)
            job_end(&jobs[i], 126 << 8, class);
        else if (waitpid(jobs[i].pid, &status, WNOHANG) == jobs[i].pid)
            job_end(&jobs[i], status, class);
        running = running || jobs[i].pid;
    }
    return running;
}

static struct job *job_free(void)
{
    for (unsigned long i = 0; i < options.jobs; i++)
        if (!jobs[i].pid)
            return &jobs[i];
    return NULL;
}

static void class_grade(struct class *class)
{
    for (size_t i = 0; i < class->count; i++) {
        struct student *student = &class->students[i];
        if (!options.force && student_is_done(student, options.seed, options.audit)) {
            student_settle(student, 0, "");
            if (options.audit)
                student_audit(student);
            printf("(already graded) ");
            progress_print(class, student);
            continue;
        }
        mkdir(student->folder, 0777);
        struct job *job;
        while (!(job = job_free())) {
            usleep(20000);
            jobs_look(class);
        }
        job_start(job, student);
    }
    while (jobs_look(class))
        usleep(20000);
}

/* The sum, for a person and as the exit status. */
static int class_summarize(const struct class *class)
{
    unsigned counts[4] = { 0 }, different = 0;

    for (size_t i = 0; i < class->count; i++) {
        counts[class->students[i].verdict]++;
        different += class->students[i].audit != NULL;
    }
    printf("%u graded, %u refused, %u in trouble", counts[VERDICT_GRADED], counts[VERDICT_REFUSED],
           counts[VERDICT_TROUBLE]);
    if (options.audit)
        printf(", %u graded differently the second time", different);
    printf("\n%s/grades.csv\n", options.out);
    fflush(stdout);
    if (counts[VERDICT_TROUBLE])
        return complain("some submissions could not be graded; their reasons stand above, say the same again");
    return different ? complain("gradings of one submission differed, which should never happen; tell the authors") : 0;
}

int main(int count, char **words)
{
    struct class class = { 0 };
    char *error = NULL;

    if (!options_read(count, words, &error))
        return complain(error);
    if (!class_find(&class, options.submissions, options.out, &error))
        return complain(error);
    if (mkdir(options.out, 0777) != 0 && errno != EEXIST)
        return complain(text_format("OUT=%s cannot be made: %s; name another folder", options.out, strerror(errno)));
    if (access(options.out, W_OK | X_OK) != 0)
        return complain(text_format("OUT=%s cannot be written: %s; name another folder", options.out, strerror(errno)));
    class_grade(&class);
    if (!class_write(&class, options.out, options.audit, &error))
        return complain(error);
    return class_summarize(&class);
}
