/*
 * Who gets the keys (floor 1; commands in keyboard.h). Invariant: a key goes to the domain that had the keyboard when
 * it was typed, in the order of typing; and a guest that never reads its keys stops neither commands nor others' keys.
 *
 *      console_read() --> take() --byte--> queue --> deliver() --> receiver(domain, byte), which a floor registered
 *                          ^   |Ctrl-G       ^                       | false: no room
 *            next byte: is |   v             |                       v
 *            the command   +- in_command     +---- stays, offered again at the next tick
 *
 * With the queue full nothing more is read: the UART's own flow control keeps the rest. When it stays full, it is
 * dropped, or no command would ever be read again. Called at each tick (floor1.c). Nobody interrupts for a key: a tick is a millisecond, and a person is slower.
 */
#include "keyboard.h"
#include <stddef.h>
#include "console.h"
#include "domain.h"
#include "panic.h"
#include "print.h"

#define COMMAND_KEY 0x07 /* Ctrl-G */
#define QUEUE_SIZE 64     /* keys: a pasted line, while its guest waits for its turn */
#define STUCK_TICKS 1000  /* a queue that has been full for so long is dropped */
#define BYTES_PER_TICK 16 /* more than 115200 baud bring in a millisecond */

static keyboard_receiver *receiver;
static uint16_t focus_id; /* domain that has the keyboard; 0, the first one, at boot */
static bool in_command;   /* the last key was Ctrl-G */

/* Keys on their way, oldest first. */
static struct key {
    uint16_t domain_id; /* not a pointer: the domain may be gone before its key is delivered */
    uint8_t byte;
} queue[QUEUE_SIZE];
static unsigned count;       /* keys in the queue */
static unsigned stuck_ticks; /* for how many ticks it has been full */

keyboard_receiver *keyboard_set_receiver(keyboard_receiver *receive)
{
    keyboard_receiver *before = receiver;

    receiver = receive;
    return before;
}

/* Goes out as the hypervisor's own lines, so a guest cannot print a list that looks like it: its lines have a name. */
static void list_domains(void)
{
    for (struct domain *domain = domain_first(); domain != NULL; domain = domain->next)
        print("domain %u (%s): %s%s%s\n", domain->id, domain->name, domain_state_name(domain->state),
              domain->pause_count != 0 ? ", paused" : "",
              domain->id == focus_id ? ", has the keyboard" : "");
}

/* A number that nobody has leaves the keyboard where it is. */
static void focus_set(uint16_t id)
{
    struct domain *domain = domain_find(id);

    if (domain == NULL) {
        print("hypervisor: there is no domain %u; Ctrl-G ? lists them\n", id);
        return;
    }
    focus_id = id;
    print("hypervisor: keys go to domain %u (%s)\n", id, domain->name);
}

/* The domain in focus; when it is gone, whichever is first. */
static struct domain *focus(void)
{
    struct domain *domain = domain_find(focus_id);

    if (domain == NULL || !domain_is_alive(domain))
        domain = domain_first_alive();
    return domain;
}

/* Whoever has the keyboard is stopped where it is, or goes on: for looking at one guest while the others wait, or not. */
static void pause_toggle(void)
{
    struct domain *domain = focus();

    if (domain == NULL)
        return;
    bool was_paused = domain->pause_count != 0;
    if (was_paused ? domain_unpause(domain) : domain_pause(domain))
        print("domain %u (%s): %s\n", domain->id, domain->name, was_paused ? "goes on" : "paused");
}

/* `q` ends with success: whoever types it wanted the end, and no guest has failed by it. */
static void command(uint8_t key)
{
    if (key >= '0' && key <= '9')
        focus_set(key - '0');
    else if (key == '?')
        list_domains();
    else if (key == 'p')
        pause_toggle();
    else if (key == 'q')
        machine_off(MACHINE_SUCCESS);
    else
        print("hypervisor: Ctrl-G takes a domain's number, ?, p or q\n");
}

/* False when the key has to wait. One typed for a domain that is gone is dropped. */
static bool deliver(const struct key *key)
{
    struct domain *domain = domain_find(key->domain_id);

    return domain == NULL || receiver == NULL || receiver(domain, key->byte);
}

/* The receiver is chosen now, when the key is typed, and not when it is delivered. */
static void queue_put(uint8_t byte)
{
    const struct domain *domain = focus();

    if (domain == NULL)
        return; /* nobody is left to read it */
    queue[count++] = (struct key){ domain->id, byte };
}

/* A guest without room keeps its keys waiting in their order; those of others pass them. */
static void queue_drain(void)
{
    uint32_t no_room = 0; /* a bit for each domain, by id; two that share one only wait a little longer */
    unsigned kept = 0;

    for (unsigned i = 0; i < count; i++) {
        uint32_t bit = 1u << queue[i].domain_id % 32;

        if ((no_room & bit) || !deliver(&queue[i])) {
            no_room |= bit;
            queue[kept++] = queue[i];
        }
    }
    count = kept;
}

static void stuck_check(void)
{
    stuck_ticks = count == QUEUE_SIZE ? stuck_ticks + 1 : 0;
    if (stuck_ticks < STUCK_TICKS)
        return;
    print("hypervisor: %u keys that no guest reads are dropped\n", count);
    count = 0;
}

/* One byte from the line: a command, half of one, or a key for a guest. */
static void take(uint8_t byte)
{
    bool is_command = in_command && byte != COMMAND_KEY;

    if (!in_command && byte == COMMAND_KEY) {
        in_command = true;
        return;
    }
    in_command = false;
    if (is_command)
        command(byte);
    else
        queue_put(byte);
}

/* Commands are found while reading, so they do not wait for the keys in front of them. */
void keyboard_tick(void)
{
    uint8_t byte;

    for (unsigned i = 0; i < BYTES_PER_TICK && count < QUEUE_SIZE && console_read(&byte); i++)
        take(byte);
    queue_drain();
    stuck_check();
}
