/*
 * Building a submission in the scratch folder (host side, all labs): its image and its executor.
 */
#ifndef RINGLET_GRADE_BUILD_H
#define RINGLET_GRADE_BUILD_H

#include <stdbool.h>

#include "submission.h"

struct build {
    char *image, *executor;             /* files */
    char *image_error, *executor_error; /* first line of the compiler's complaint; NULL: it was built */
};

/* False with a sentence in *error when the build did not run to its end, which says nothing about the submission. */
bool build_submission(struct build *build, const struct submission *submission, const char *scratch, char **error);

#endif
