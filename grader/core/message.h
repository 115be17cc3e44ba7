/*
 * What passes between grader and executor (both sides, all labs): a header and that many bytes, one reply to a request.
 * A reply's header is the student's to write, since it can reach the pipe: unit.c believes neither code nor size.
 */
#ifndef RINGLET_MESSAGE_H
#define RINGLET_MESSAGE_H

#include <stdint.h>

/* Above standard input, output and error; the sandbox leaves no other. */
#define MESSAGE_REQUESTS 3 /* file descriptors in the executor */
#define MESSAGE_REPLIES  4

enum message_status {
    MESSAGE_OK,
    MESSAGE_UNFINISHED, /* the skeleton's "not written yet"; the bytes are the exercise's number */
    MESSAGE_REFUSED,    /* no such operation, or a request of another size: grader and executor do not fit */
};

struct message {
    uint32_t code; /* of a request the operation, of a reply enum message_status */
    uint32_t size; /* bytes that follow */
};

#endif
