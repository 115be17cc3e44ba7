"""
The hypervisor's structures as the rl commands find them: the vcpu that runs, the list of domains, per-domain data.
Lists are walked a bounded number of steps.
"""
from rl_memory import Place, Unreadable, address_of, number, text, variable

DOMAINS_MAX = 64


def current_vcpu():
    """The vcpu that runs or ran last; None before the first."""
    vcpu = variable("vcpu_running")
    return vcpu.dereference() if number(vcpu) != 0 else None


def current_domain():
    vcpu = current_vcpu()
    if vcpu is None:
        raise Unreadable("no domain runs now.")
    return vcpu["domain"].dereference()


def domain_data(domain, name):
    """This domain's copy of a PER_DOMAIN variable (floor.h)."""
    template = variable(name)
    return Place(number(domain["data"]) + template.address - address_of("__start_domain_data"), template.type)


def domains():
    """Pairs (domain, None), and at the end (None, sentence) when the list is damaged."""
    node, seen = variable("domains"), set()
    while number(node) != 0:
        if number(node) in seen or len(seen) == DOMAINS_MAX:
            yield None, f"the list of domains runs in a circle at {number(node):08x}."
            return
        seen.add(number(node))
        try:
            following = node["next"]
            number(following)
        except Unreadable as problem:
            yield None, f"the list of domains is damaged after {len(seen) - 1} of them: {problem}"
            return
        yield node.dereference(), None
        node = following


def find_domain(word):
    """By number or name; without a word, the one that runs."""
    if word is None:
        return current_domain()
    for domain, problem in domains():
        if problem:
            raise Unreadable(problem)
        if word in (str(number(domain["id"])), text(domain["name"])):
            return domain
    raise Unreadable(f"there is no domain '{word}'; rl domains lists them.")


def bare_of(domain):
    """The struct bare of a domain; Unreadable when it is another kind of guest."""
    guest = domain_data(domain, "bare_guest")
    if number(guest["memory"]) == 0:
        raise Unreadable(f"domain {number(domain['id'])} is not a bare guest, or is not built yet.")
    return guest


def title(domain):
    return f"domain {number(domain['id'])} ({text(domain['name'])})"
