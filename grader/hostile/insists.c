/* Catches the signal of a refused system call and goes on to the next: files, processes, signals, network. */
#if __STDC_HOSTED__
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static void nothing(int number)
{
    (void)number;
}

static void __attribute__((constructor)) attack_first(void)
{
    char *const shell[] = { "sh", "-c", "echo mine >@CANARY@", NULL };

    signal(SIGSYS, nothing);
    open("@CANARY@", O_WRONLY | O_TRUNC);
    open("@CANARY@-2", O_WRONLY | O_CREAT, 0666);
    unlink("@CANARY@");
    rename("@CANARY@", "@CANARY@-2");
    chmod("@CANARY@", 0);
    mkdir("@CANARY@-3", 0777);
    symlink("/etc/passwd", "@CANARY@-4");
    socket(AF_INET, SOCK_STREAM, 0);
    kill(getppid(), SIGKILL);
    kill(-1, SIGKILL);
    if (fork() == 0 || vfork() == 0)
        _exit(0);
    execv("/bin/sh", shell);
}
#endif

static void attack(void)
{
}
