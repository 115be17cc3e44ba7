"""rl domains and rl symbols: who is there. Reads the list in domain.c and the per-domain data."""
import os

import gdb

from rl_memory import Command, Unreadable, number, say, text
from rl_pv import isolation, pv_of
from rl_state import bare_of, current_vcpu, domains, find_domain

STATES = ("building", "alive", "ended", "crashed")


def state_name(domain):
    state = number(domain["state"])
    return STATES[state] if state < len(STATES) else f"state {state}?"


def activity(domain):
    """What an alive domain is doing, from the run queue and its virtual CPU."""
    vcpu, pv = domain["vcpu"][0], pv_of(domain)
    ring = ""
    if pv is not None:
        ring = f"; ring-1 kernel, events {'masked' if pv.mask() else 'let in'}"
    elif number(bare_of(domain)["is_halted"]):
        return "halted until its next interrupt"
    if number(vcpu["is_queued"]):
        return "ready to run" + ring
    return ("paused" if number(vcpu["is_paused"]) else "blocked" if pv is not None else "not in the run queue") + ring


def story(domain):
    """The last column: why it ended, or what it does."""
    state = state_name(domain)
    if state == "crashed":
        return text(domain["reason"])
    if state == "ended":
        return f"status {number(domain['exit_status'])}"
    return activity(domain) if state == "alive" else ""


def attempt(function, domain):
    try:
        return function(domain)
    except Unreadable as problem:
        return f"({problem})"


def memory(domain):
    pv = pv_of(domain)
    if pv is not None:
        return f"{number(pv.domain_state['frame_count']) * 4} KiB"
    return f"{number(bare_of(domain)['memory_size']) >> 10} KiB"


def marked():
    try:
        vcpu = current_vcpu()
        return number(vcpu["domain"]) if vcpu is not None else None
    except Unreadable:
        return None


class Domains(Command):
    """rl domains: all domains with state, name, memory and why they ended. A star marks the one that runs."""

    name = "domains"

    def run(self, words):
        running, count = marked(), 0
        for domain, problem in domains():
            if problem:
                say(f"  {problem}")
                return
            if count == 0:
                say("    id  name             state     memory     what it does, or why it ended")
            star = "*" if domain.address == running else " "
            say(f"  {star} {number(domain['id']):<3} {attempt(lambda d: text(d['name']), domain):<16} "
                f"{attempt(state_name, domain):<9} {attempt(memory, domain):<10} {attempt(story, domain)}")
            count += 1
        if count == 0:
            say("  no domain: none has been built yet, or all have ended")
        elif isolation():
            say(f"  isolation of ring-1 guests: {isolation()}")


class Symbols(Command):
    """rl symbols DOMAIN FILE: loads the symbols of the guest in DOMAIN from its ELF file."""

    name = "symbols"
    completion = gdb.COMPLETE_FILENAME

    def run(self, words):
        if len(words) != 2:
            say("rl symbols: say rl symbols DOMAIN FILE.")
            return
        if not os.path.isfile(words[1]):
            say(f"rl symbols: {words[1]} does not exist; name the guest's ELF file.")
            return
        try:
            find_domain(words[0])
        except Unreadable as problem:
            say(f"rl symbols: loaded anyway, but: {problem}")
        symbols_load(words[1])
        say(f"  symbols of {words[1]} loaded, in place of another guest's; breakpoints stop whichever guest comes by")


loaded = None  # the guest image whose symbols GDB has


def symbols_load(path):
    """
    Guests run at the addresses they are linked at, and those of most kernels are the same: from 1 MiB. So only one of
    them can have its symbols loaded.
    """
    global loaded
    path = os.path.abspath(path)
    if loaded == path:
        return
    if loaded is not None:
        gdb.execute(f"remove-symbol-file {loaded}", to_string=True)
    loaded = None
    gdb.execute(f"add-symbol-file {path}", to_string=True)
    loaded = path


Domains()
Symbols()
