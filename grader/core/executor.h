/*
 * The executor's own side (compiled with the student's files, all labs): operations that unit checks can call.
 * grader/labK-name/executor_<subject>.c defines operations with OPERATION() and names the student's files it needs in a
 * comment line of its own, "sources: decode.c decode_table.c" (as unit tests do; files of all such lines are linked):
 *
 *     static void run_decode(const void *request, void *reply) { ... }
 *     OPERATION(DECODE, struct decode_request, struct decode_reply, run_decode);
 *
 * An operation builds its fake machine, calls the student's function and copies what came of it into the reply, which
 * arrives zeroed. It knows nothing about what is right. The structures belong to wire.h, which both sides include and
 * which uses fixed-width members only: the student's own headers may have changed.
 */
#ifndef RINGLET_EXECUTOR_H
#define RINGLET_EXECUTOR_H

#include <stdint.h>

/* One request that the executor serves; sizes are exact, anything else is refused. */
struct operation {
    uint32_t number;            /* of wire.h, unique in the lab */
    uint32_t request_size, reply_size;
    void (*run)(const void *request, void *reply);  /* both pointers are aligned to 16 bytes */
};

/* The pointer goes into a section of its own, which the executor walks: nothing has to be listed. */
#define OPERATION(code, request_type, reply_type, function) \
    static const struct operation function##_entry = { code, sizeof(request_type), sizeof(reply_type), function }; \
    static const struct operation *const function##_slot __attribute__((used, section("operations"))) = \
        &function##_entry

/* Largest request or reply. */
#define EXECUTOR_MESSAGE_MAX 65536

/*
 * For fakes of functions that never return (panic, domain switch): abandons the student's function and answers the
 * request with what the reply holds. Sanitizers are content with it.
 */
void executor_leave(void) __attribute__((noreturn));

#endif
