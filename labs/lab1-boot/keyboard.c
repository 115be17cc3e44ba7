/*
 * Who gets the keys (floor 1; commands in keyboard.h). Invariant: at most one byte is held back, and while it is,
 * nothing more is read from the UART, whose own flow control keeps the rest.
 */
#include "keyboard.h"
#include <stddef.h>
#include "console.h"
#include "domain.h"
#include "panic.h"
#include "print.h"

#define COMMAND_KEY 0x07 /* Ctrl-G */
#define BYTES_PER_TICK 16

static bool (*receiver)(struct domain *domain, uint8_t byte);
static uint16_t focus_id;
static bool in_command, is_held;
static uint8_t held;

void keyboard_set_receiver(bool (*receive)(struct domain *domain, uint8_t byte))
{
    receiver = receive;
}

static void list_domains(void)
{
    for (struct domain *domain = domain_first(); domain != NULL; domain = domain->next)
        print("domain %u (%s): %s%s\n", domain->id, domain->name, domain_state_name(domain->state),
              domain->id == focus_id ? ", has the keyboard" : "");
}

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

static void command(uint8_t key)
{
    if (key >= '0' && key <= '9')
        focus_set(key - '0');
    else if (key == '?')
        list_domains();
    else if (key == 'q')
        machine_off(MACHINE_SUCCESS);
    else
        print("hypervisor: Ctrl-G takes a domain's number, ? or q\n");
}

/* The domain in focus; when it is gone, whichever is first. */
static struct domain *focus(void)
{
    struct domain *domain = domain_find(focus_id);

    if (domain == NULL || !domain_is_alive(domain))
        domain = domain_first_alive();
    return domain;
}

/* False when the byte has to wait. */
static bool deliver(uint8_t byte)
{
    struct domain *domain = focus();

    return domain == NULL || receiver == NULL || receiver(domain, byte);
}

/* One byte from the line; false when it could not be delivered yet. */
static bool take(uint8_t byte)
{
    if (!in_command && byte == COMMAND_KEY) {
        in_command = true;
        return true;
    }
    if (in_command && byte != COMMAND_KEY) {
        in_command = false;
        command(byte);
        return true;
    }
    in_command = false;
    return deliver(byte);
}

void keyboard_tick(void)
{
    uint8_t byte;

    if (is_held && !deliver(held))
        return;
    is_held = false;
    for (unsigned i = 0; i < BYTES_PER_TICK && console_read(&byte); i++) {
        if (take(byte))
            continue;
        held = byte;
        is_held = true;
        return;
    }
}
