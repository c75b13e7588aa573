"""Dead-lettered: a consumer rejected it."""

from mqstudio.why import links
from mqstudio.why.base import About, Proof, Rule, Said, Severity, text
from mqstudio.why.dead import proofs_of, rejection
from mqstudio.why.facts import MessageFacts
from mqstudio.why.lives import death, delivery_before, holder


def look(facts: MessageFacts) -> Said | None:
    """Who rejected it."""
    died = death(facts, "rejected")
    if died is None:
        return None
    queue, at_us, _ = died
    step = rejection(facts, queue)
    who = "somebody"
    if step is not None:
        before = delivery_before(facts, step)
        who = holder(before or step)
    says = text("'{who}' rejected it in queue '{queue}', without putting it back.", who=who, queue=queue)
    proofs = proofs_of(facts, queue, at_us)
    if step is not None:
        refused = text("Delivery {tag} was rejected.", tag=step.delivery_tag)
        proofs = (Proof(refused, step.at_us), *proofs)
    then = text("Look in that program's log for why. When it is mended, redrive the message.")
    return Said(says=says, proofs=proofs, then=then, verb="requeue")


RULE = Rule(
    asks="Why is it a dead letter?",
    about=About.MESSAGE,
    look=look,
    link=links.DEAD_LETTERS,
    severity=Severity.WARN,
    explains=("dead_lettered:rejected",),
)
