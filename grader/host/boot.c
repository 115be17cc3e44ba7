/*
 * Boots a hypervisor with guests (host side; the program behind `make boot`, `make run` and `make iso`).
 *   boot [-p qemu|bochs|iso] [-t SECONDS] [-c OPTIONS] HYPERVISOR "FILE ARGS, FILE ARGS"    one headless run
 *   boot -i ...    at this terminal, in real time          boot -o IMAGE ...    only writes the CD image
 * A headless run sends the console to standard output. Exit: 0 every guest ended with success, 1 one crashed, failed or
 * was refused, 2 time-out, failure of the hypervisor, or a wrong command line. A comma inside a guest's arguments is
 * written twice.
 * Owner of nothing but the request: machines, images and folders belong to machine.h, iso.h and scratch.h.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "iso.h"
#include "machine.h"
#include "scratch.h"

#define USAGE "boot: say boot [-p qemu|bochs|iso] [-t SECONDS] [-c OPTIONS] [-i | -o IMAGE] HYPERVISOR " \
              "[\"FILE ARGS, FILE ARGS\"]\n"

/* The command line, read. `setup` points into `guests` and argv, so it lives as long as both. */
struct request {
    struct machine_setup setup; /* platform, options, images */
    struct arguments guests;    /* "FILE ARGS" each, commas undone */
    double seconds;             /* wall clock for a headless run */
    bool interactive;           /* -i */
    const char *image; /* -o */
};

/* The only thing that a handler touches. */
static volatile sig_atomic_t interrupted;   /* number of the signal, 0 none */

/* Only notes it: the loop in run_headless ends in good order, machine and folders included. */
static void interrupt(int number)
{
    interrupted = number;
}

/*
 * The next guest of the list: up to a single comma; a double one stands for itself. Sets *rest behind it.
 * To be freed. Line breaks count as blanks: a long list is written over several lines in makefiles.
 */
static char *guest_cut(const char **rest)
{
    char *guest = text_format("%s", *rest), *end = guest;
    const char *from = *rest + strspn(*rest, " \t\n");

    for (; *from; from++) {
        if (*from == ',' && from[1] != ',')
            break;
        from += *from == ',';   /* the first of a double one */
        *end++ = *from == '\t' || *from == '\n' ? ' ' : *from;
    }
    while (end > guest && end[-1] == ' ')
        end--;
    *end = 0;
    *rest = *from ? from + 1 : from;
    return guest;
}

/*
 * Refuses what no machine could load, before one is started.
 * 52 bytes are an ELF header: the least that a loader will look at.
 */
static bool image_check(const char *path)
{
    struct stat status;
    char *bytes = NULL;
    size_t size = 0;
    const char *wrong = NULL;

    if (stat(path, &status) == 0 && S_ISDIR(status.st_mode))
        wrong = "is a folder; name a guest's image in it";
    else if (!(bytes = file_read(path, &size)))
        wrong = errno == ENOENT ? "does not exist; name an existing image" : "cannot be read; check its permissions";
    else if (size < 52 || memcmp(bytes, "\177ELF", 4) != 0)
        wrong = "is not an ELF image; guests are kernels linked as 32-bit ELF";
    if (wrong)
        fprintf(stderr, "boot: %s %s.\n", path, wrong);
    free(bytes);
    return !wrong;
}

/*
 * Empty places in the list are skipped, so that a trailing comma does no harm.
 * The list is complete before its address is taken: each arguments_add may move it.
 */
static bool guests_read(struct request *request, const char *list)
{
    while (*list) {
        char *guest = guest_cut(&list);
        char *file = strndup(guest, strcspn(guest, " "));
        bool good = !*file || image_check(file);
        if (*file)
            arguments_add(&request->guests, "%s", guest);
        free(file);
        free(guest);
        if (!good)
            return false;
    }
    request->setup.modules = (const char *const *)request->guests.list;
    return true;
}

/* The words are what a person types after PLATFORM= and -p. */
static bool platform_read(struct request *request, const char *word)
{
    static const struct {
        const char *word;
        enum machine_platform platform;
    } known[] = { { "qemu", MACHINE_QEMU }, { "iso", MACHINE_QEMU_ISO }, { "bochs", MACHINE_BOCHS } };

    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
        if (strcmp(word, known[i].word) != 0)
            continue;
        request->setup.platform = known[i].platform;
        return true;
    }
    fprintf(stderr, "boot: unknown platform '%s'; say qemu, bochs or iso.\n", word);    /* names all that there are */
    return false;
}

/* The whole word must be a number: "60s" would otherwise be taken for 60 silently. */
static bool seconds_read(struct request *request, const char *word)
{
    char *end;

    request->seconds = strtod(word, &end);
    if (*word && !*end && request->seconds > 0)
        return true;
    fprintf(stderr, "boot: the time-out '%s' is no number of seconds above 0.\n", word);
    return false;
}

/*
 * Everything wrong on the command line is found here, before anything is started.
 * One sentence has been printed when this is false; getopt prints its own.
 */
static bool request_read(struct request *request, int argc, char **argv)
{
    int option;
    bool good = true;

    while (good && (option = getopt(argc, argv, "p:t:c:io:")) != -1) {
        switch (option) {
        case 'p': good = platform_read(request, optarg); break;
        case 't': good = seconds_read(request, optarg); break;
        case 'c': request->setup.options = optarg; break;
        case 'i': request->interactive = true; break;
        case 'o': request->image = optarg; break;
        default: good = false; break;
        }
    }
    if (good && optind != argc - 1 && optind != argc - 2) {
        fputs(USAGE, stderr);
        return false;
    }
    if (!good)
        return false;
    request->setup.kernel = argv[optind];
    /* the guests are optional: a hypervisor alone boots, too */
    return image_check(argv[optind]) && (optind == argc - 1 || guests_read(request, argv[optind + 1]));
}

/*
 * -o: for lectures, other emulators and real machines.
 * Nothing is started, so -t and -p say nothing here.
 */
static int image_write(const struct request *request)
{
    char *error = NULL;

    if (iso_build(request->image, request->setup.kernel, request->setup.options, request->setup.modules, &error))
        return 0;
    fprintf(stderr, "boot: %s.\n", error);
    free(error);
    return 2;
}

/*
 * Child side: QEMU at our terminal, ended with us.
 * _exit, not exit: the parent's buffers and exit handlers are not this process's.
 */
static void interactive_exec(char **command)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    execvp(command[0], command);
    fprintf(stderr, "boot: %s cannot be started: %s; `make doctor` says how to get it.\n", command[0], strerror(errno));
    _exit(2);
}

/*
 * Whoever sat at the terminal saw how it ended: that is success here, unless the hypervisor itself failed.
 * The parent waits only so as to translate the exit code; the terminal is QEMU's meanwhile.
 */
static int run_interactive(const struct request *request)
{
    char **command = machine_interactive(&request->setup);
    int status = 0;

    puts("Ctrl-A X quits QEMU. Ctrl-G and a digit give the keyboard to that guest (the first one has it now),\n"
         "Ctrl-G ? lists the guests, Ctrl-G q powers the machine off.");
    fflush(stdout);
    pid_t child = fork();
    if (child == 0)
        interactive_exec(command);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : 2; /* a signal ended QEMU: no verdict */
    return code == MACHINE_SUCCESS || code == MACHINE_GUEST_FAILURE || code == MACHINE_UNFINISHED ? 0 : code;
}

/*
 * Copies what came since the last call to standard output.
 * At once, not at the end: a run that hangs shows how far it came.
 */
static void console_show(struct machine *machine, size_t *shown)
{
    size_t size;
    const char *console = machine_output(machine, &size);

    /* what cannot be written is lost: the verdict still counts */
    if (size > *shown && fwrite(console + *shown, 1, size - *shown, stdout) == size - *shown)
        fflush(stdout);
    *shown = size;
}

/*
 * Exit status of a run that ended by itself; what is no plain verdict gets a sentence.
 * Silent about guests: the console, which is on standard output already, has said which one and why.
 */
static int verdict_explain(struct machine *machine)
{
    int code = machine_exit_code(machine);

    if (code == MACHINE_SUCCESS)
        return 0;
    if (code == MACHINE_GUEST_FAILURE)
        return 1;
    if (code == MACHINE_PANIC)
        fputs("boot: the hypervisor gave up; its last console lines say why.\n", stderr);
    else if (code == MACHINE_UNFINISHED)
        fputs("boot: the hypervisor came to an exercise that is not written yet; its last lines say which.\n", stderr);
    else if (code == 0) /* QEMU was told not to reboot, so a reset ends it */
        fputs("boot: the machine reset itself: a triple fault in the hypervisor. The handout's section \"Triple fault\" "
              "says how to find where.\n", stderr);
    else
        fprintf(stderr, "boot: the machine ended without a verdict (exit code %d). %s\n", code,
                machine_complaint(machine));
    return 2;
}

/*
 * TIMEOUT is wall clock: it protects whoever waits, and says nothing about the guests.
 * alarm() is the limit: its signal cuts the poll short and ends the loop.
 */
static int run_headless(const struct request *request)
{
    struct machine *machine = machine_start(&request->setup);
    size_t shown = 0;
    bool runs = true;

    if (!machine) {
        fprintf(stderr, "boot: %s.\n", machine_error());
        return 2;
    }
    alarm((unsigned)request->seconds + 1);
    while (runs && !interrupted) {
        runs = machine_wait_output(machine, 0.2);   /* short turns: a signal is noticed soon */
        console_show(machine, &shown);
    }
    int result = 2;
    if (!interrupted)
        result = verdict_explain(machine);
    else if (interrupted == SIGALRM)
        fprintf(stderr, "boot: stopped after %g seconds: a guest or the hypervisor hangs, or needs a longer "
                "TIMEOUT=seconds.\n",
                request->seconds);
    machine_stop(machine);
    return result;
}

/* No SA_RESTART: a signal must cut the poll short. Interactive runs keep the default actions. */
int main(int argc, char **argv)
{
    struct request request = { .seconds = 60 };
    struct sigaction action = { .sa_handler = interrupt };

    if (!request_read(&request, argc, argv)) {
        arguments_free(&request.guests);
        return 2;
    }
    if (request.interactive)
        return run_interactive(&request);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
    sigaction(SIGALRM, &action, NULL);
    int result = request.image ? image_write(&request) : run_headless(&request);
    arguments_free(&request.guests);
    return result;
}
