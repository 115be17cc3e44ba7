/*
 * QMP client (host side, all labs; see qmp.h). One command at a time; events are skipped. Source: QEMU's
 * docs/interop/qmp-spec and qapi schema.
 */
#define _GNU_SOURCE
#include "qmp.h"

#include <cjson/cJSON.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "scratch.h"

#define ANSWER_MS 20000         /* wall clock, for one byte; QEMU answers at once unless it hangs */
#define LINE_MAX_BYTES (1u << 20)   /* longer than any honest answer */

/* A pair of sockets and no path: nobody else can connect, and nothing is left in the file system. */
bool qmp_prepare(struct qmp *qmp)
{
    int pair[2];

    *qmp = (struct qmp){ .ours = -1, .theirs = -1 };
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
        return false;
    qmp->ours = pair[0];
    qmp->theirs = pair[1];
    fcntl(qmp->theirs, F_SETFD, 0); /* this one is inherited */
    qmp->arguments[0] = text_format("-chardev");
    qmp->arguments[1] = text_format("socket,id=qmp,fd=%d", qmp->theirs);
    qmp->arguments[2] = text_format("-mon");
    qmp->arguments[3] = text_format("chardev=qmp,mode=control");
    return true;
}

/*
 * One line from QEMU as JSON; NULL at the end or after ANSWER_MS without one.
 * Byte by byte: what follows the newline belongs to the next call, and answers are short.
 */
static cJSON *line_read(struct qmp *qmp)
{
    char *line = NULL;
    size_t size = 0;
    cJSON *json = NULL;
    struct pollfd ready = { .fd = qmp->ours, .events = POLLIN };

    for (char c = 0; c != '\n' && size < LINE_MAX_BYTES;) {
        if (poll(&ready, 1, ANSWER_MS) <= 0 || read(qmp->ours, &c, 1) != 1)
            break;
        if (size % 4096 == 0)
            line = memory_resize(line, size + 4097);
        line[size++] = c;
    }
    if (line && size && line[size - 1] == '\n') {
        line[size] = 0;
        json = cJSON_Parse(line);
    }
    free(line);
    return json;
}

/*
 * Sends a command, takes its answer. The "return" member, to be deleted; NULL: none.
 * Events have neither "return" nor "error" and are passed over. `command` ends with a newline.
 */
static cJSON *command_run_json(struct qmp *qmp, const char *command)
{
    if (qmp->ours < 0 || send(qmp->ours, command, strlen(command), MSG_NOSIGNAL) != (ssize_t)strlen(command))
        return NULL;
    for (;;) {
        cJSON *answer = line_read(qmp);
        if (!answer)
            return NULL;
        cJSON *result = cJSON_DetachItemFromObject(answer, "return");
        bool is_error = cJSON_HasObjectItem(answer, "error");
        cJSON_Delete(answer);
        if (result || is_error)
            return result;
    }
}

static bool command_do(struct qmp *qmp, const char *command)
{
    cJSON *result = command_run_json(qmp, command);

    cJSON_Delete(result);
    return result != NULL;
}

/* Ours alone from here on: with QEMU's end still open in this process, its death would not be seen. */
bool qmp_connect(struct qmp *qmp)
{
    close(qmp->theirs);
    qmp->theirs = -1;
    cJSON *greeting = line_read(qmp);
    cJSON_Delete(greeting);
    return greeting && command_do(qmp, "{\"execute\":\"qmp_capabilities\"}\n");
}

/* Also for one that was never connected. */
void qmp_close(struct qmp *qmp)
{
    if (qmp->ours >= 0)
        close(qmp->ours);
    if (qmp->theirs >= 0)
        close(qmp->theirs);
    for (int i = 0; i < 4; i++) {
        free(qmp->arguments[i]);
        qmp->arguments[i] = NULL;
    }
    qmp->ours = qmp->theirs = -1;
}

static int number_of(const cJSON *object, const char *name)
{
    const cJSON *item = cJSON_GetObjectItem(object, name);

    return cJSON_IsNumber(item) ? item->valueint : 0;
}

/* The CMOS clock follows virtual time and starts at 2026-01-01 (machine_qemu.c). */
int qmp_seconds(struct qmp *qmp)
{
    cJSON *date = command_run_json(qmp, "{\"execute\":\"qom-get\",\"arguments\":"
                                        "{\"path\":\"/machine\",\"property\":\"rtc-time\"}}\n");
    struct tm now = { 0 }, start = { .tm_year = 126, .tm_mday = 1 };

    if (!date)
        return -1;
    now.tm_year = number_of(date, "tm_year");
    now.tm_mon = number_of(date, "tm_mon");
    now.tm_mday = number_of(date, "tm_mday");
    now.tm_hour = number_of(date, "tm_hour");
    now.tm_min = number_of(date, "tm_min");
    now.tm_sec = number_of(date, "tm_sec");
    cJSON_Delete(date);
    return (int)(timegm(&now) - timegm(&start));
}

/* False when QEMU has just ended by itself: then there is nothing left to stop. */
bool qmp_stop(struct qmp *qmp)
{
    return command_do(qmp, "{\"execute\":\"stop\"}\n");
}

bool qmp_continue(struct qmp *qmp)
{
    return command_do(qmp, "{\"execute\":\"cont\"}\n");
}

/* "running" is false at the start (-S), after the watchdog and after qmp_stop. */
bool qmp_is_stopped(struct qmp *qmp, bool *ended)
{
    cJSON *status = command_run_json(qmp, "{\"execute\":\"query-status\"}\n");
    bool stopped = status && cJSON_IsFalse(cJSON_GetObjectItem(status, "running"));

    *ended = status == NULL;
    cJSON_Delete(status);
    return stopped;
}

/* The human monitor knows what QMP has no command for: registers, and writes to ports. */
char *qmp_monitor(struct qmp *qmp, const char *command)
{
    char *line = text_format("{\"execute\":\"human-monitor-command\",\"arguments\":{\"command-line\":\"%s\"}}\n",
                             command);
    cJSON *result = command_run_json(qmp, line);
    char *text = cJSON_IsString(result) ? text_format("%s", result->valuestring) : NULL;

    free(line);
    cJSON_Delete(result);
    return text;
}
