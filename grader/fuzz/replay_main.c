/*
 * Runs a fuzz target once on each file named on the command line: for replaying a crash or a corpus with a compiler
 * that has no fuzzing engine. Any target with LLVMFuzzerTestOneInput() links with it.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define INPUT_MAX (1u << 20) /* far above what any target looks at */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* 0, or 1 after saying what is wrong with the file. */
static int replay_file(const char *path, uint8_t *buffer)
{
    FILE *file = fopen(path, "rb");
    size_t size;
    int failed;

    if (!file) {
        fprintf(stderr, "replay: cannot open %s: name an existing, readable file\n", path);
        return 1;
    }
    size = fread(buffer, 1, INPUT_MAX, file);
    failed = ferror(file);
    if (failed)
        fprintf(stderr, "replay: cannot read %s: name a regular file\n", path);
    fclose(file);
    if (!failed)
        LLVMFuzzerTestOneInput(buffer, size);
    return failed != 0;
}

int main(int argc, char **argv)
{
    uint8_t *buffer = malloc(INPUT_MAX);
    int failures = 0;

    if (argc < 2 || !buffer) {
        fprintf(stderr, "replay: no input: name one or more input files\n");
        free(buffer);
        return 2;
    }
    for (int i = 1; i < argc; i++)
        failures += replay_file(argv[i], buffer);
    free(buffer);
    printf("replay: %d of %d files run without a report\n", argc - 1 - failures, argc - 1);
    return failures ? 1 : 0;
}
