"""A consumer without prefetch that was handed everything there is."""

from mqstudio.model.rules import QueueKind
from mqstudio.why import links
from mqstudio.why.base import About, Proof, Rule, Said, Severity, text
from mqstudio.why.facts import QueueFacts
from mqstudio.why.waiting import oldest_held
from mqstudio.why.words import counted, listed

HELD_MIN = 100


def look(facts: QueueFacts) -> Said | None:
    """Who has it all."""
    greedy = [
        each
        for each in facts.consumers
        if not each.credit and not each.row.is_auto_settled and each.row.unacked >= HELD_MIN
    ]
    if not greedy or facts.row.rules.kind is QueueKind.LOG:
        return None
    most = max(greedy, key=lambda each: each.row.unacked)
    says = text(
        "'{who}' has no prefetch: it was handed all there is of queue '{queue}' at once.",
        who=most.title,
        queue=facts.name,
    )
    proofs = [Proof(text("It holds {n}.", n=counted(most.row.unacked, "message")))]
    idle = [each.title for each in facts.consumers if not each.row.unacked]
    if idle:
        proofs.append(Proof(text("{names} got none.", names=listed([f"'{name}'" for name in idle]))))
    then = text("Set a prefetch (basic_qos), such as 20: then others help, and less comes back if it ends.")
    return Said(says=says, proofs=tuple(proofs), then=then, since_us=oldest_held(facts))


RULE = Rule(
    asks="Why do the others get nothing?",
    about=About.QUEUE,
    look=look,
    link=links.PREFETCH,
    severity=Severity.INFO,
    patience_us=10_000_000,
)
