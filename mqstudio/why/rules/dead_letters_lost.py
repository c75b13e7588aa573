"""A queue whose dead letters lead nowhere."""

from mqstudio.why import links
from mqstudio.why.base import About, Proof, Rule, Said, Severity, text
from mqstudio.why.circles import leads_nowhere
from mqstudio.why.facts import QueueFacts
from mqstudio.why.matching import exchange
from mqstudio.why.nearly import near_bindings


def look(facts: QueueFacts) -> Said | None:
    """What is missing."""
    why = leads_nowhere(facts)
    if not why:
        return None
    name, key = facts.row.rules.dead_letter_exchange or "", facts.row.rules.dead_letter_key
    if why == "no_exchange":
        proof = text("There is no exchange '{name}'.", name=name)
        then = text("Declare exchange '{name}', and bind a queue to it.", name=name)
        verb = "declare_exchange"
    elif why == "unbound":
        proof = text("Exchange '{name}' has no bindings.", name=name)
        then = text("Bind a queue to exchange '{name}'.", name=name)
        verb = "declare"
    elif why == "no_match":
        proof = text(
            "No binding of exchange '{name}' matches key '{key}', by which they go.", name=name, key=key
        )
        then = text(
            "Bind a queue to exchange '{name}' with '{key}', or mend x-dead-letter-routing-key.",
            name=name,
            key=key,
        )
        verb = "edit_settings"
    else:
        wanted = key if key is not None else "(the name each message came with)"
        proof = text(
            "They go to the default exchange with key '{key}', and there is no such queue.", key=wanted
        )
        then = text("Declare the queue that x-dead-letter-routing-key names.")
        verb = "declare"
    says = text(
        "What dies in queue '{queue}' is lost: its dead-letter exchange leads nowhere.", queue=facts.name
    )
    found = exchange(facts.topology, facts.row.vhost, name) if why == "no_match" else None
    near = near_bindings(found, key or "", {}) if found is not None else []
    return Said(says=says, proofs=(Proof(proof), *(Proof(each.says) for each in near)), then=then, verb=verb)


RULE = Rule(
    asks="Where do its dead letters go?",
    about=About.QUEUE,
    look=look,
    link=links.DEAD_LETTERS,
    severity=Severity.WARN,
    patience_us=10_000_000,
)
