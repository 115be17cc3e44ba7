/* Looks for the right answers: in the grader's memory, its command line, and the reference on the disk. */
#if __STDC_HOSTED__
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void try(const char *path)
{
    char bytes[64];
    int file = open(path, O_RDONLY);

    if (file >= 0 && read(file, bytes, sizeof(bytes)) > 0)
        fprintf(stderr, "STOLEN %s\n", path);
}

static void attack(void)
{
    char text[512] = "", path[64];
    int file = open("/proc/self/stat", O_RDONLY);

    if (read(file, text, sizeof(text) - 1) <= 0)
        exit(0);
    int parent = atoi(strrchr(text, ')') + 4);
    snprintf(path, sizeof(path), "/proc/%d/mem", parent);
    try(path);
    snprintf(path, sizeof(path), "/proc/%d/environ", parent);
    try(path);
    snprintf(path, sizeof(path), "/proc/%d/cwd/solution/lab1-boot/segments.c", parent);
    try(path);
    try("@TOP@/solution/lab1-boot/segments.c");
    try("@TOP@/grader/lab1-boot/check_segments.c");
    exit(0);
}
#else
static void attack(void)
{
}
#endif
