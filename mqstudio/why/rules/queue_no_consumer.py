"""A queue whose consumers have left: messages wait, and nobody takes them."""

from mqstudio.why import links
from mqstudio.why.base import About, Proof, Rule, Said, Severity, text
from mqstudio.why.facts import QueueFacts
from mqstudio.why.waiting import first_waits, since, waiting


def look(facts: QueueFacts) -> Said | None:
    """Since when, and who was the last."""
    if facts.consumers or not facts.sample.ready or not was_read(facts) or is_polled(facts):
        return None
    proofs = [*first_waits(facts)]
    for each in reversed(facts.happenings):
        if each.what == "subscription_closed" and (each.vhost, each.queue) == (facts.row.vhost, facts.name):
            who = f"{each.client} · {each.tag}" if each.client else each.tag
            proofs.insert(0, Proof(text("The last consumer, '{who}', left.", who=who), each.at_us))
            break
    then = text("Start the program that consumes it. Did it stop, crash, or subscribe to another name?")
    says = waiting(facts, "it has no consumer")
    return Said(says=says, proofs=tuple(proofs), then=then, since_us=since(facts))


def is_polled(facts: QueueFacts) -> bool:
    """Whether somebody takes messages out one by one, by basic.get, and needs no subscription."""
    here = (facts.row.vhost, facts.name)
    had_consumers = any(
        e.what == "subscription_closed" and (e.vhost, e.queue) == here for e in facts.happenings
    )
    return not had_consumers and facts.sample.counters.taken > 0 and facts.rates.out_per_s > 0


def was_read(facts: QueueFacts) -> bool:
    """Whether anybody has ever taken anything out of it, or subscribed to it as far as is remembered."""
    if facts.sample.counters.delivered:
        return True
    here = (facts.row.vhost, facts.name)
    return any(e.what == "subscription_closed" and (e.vhost, e.queue) == here for e in facts.happenings)


RULE = Rule(
    asks="Why is nothing handed over?",
    about=About.QUEUE,
    look=look,
    link=links.CONSUMERS,
    severity=Severity.WARN,
    hides=("queue_grows", "behind_others", "behind_priority"),
    patience_us=30_000_000,
    holds_up=True,
)
