"""Dead letters that go round in circles until the broker drops them."""

from mqstudio.why import links
from mqstudio.why.base import About, Proof, Rule, Said, Severity, text
from mqstudio.why.circles import circle
from mqstudio.why.facts import QueueFacts
from mqstudio.why.words import counted


def look(facts: QueueFacts) -> Said | None:
    """The circle, once something has gone round in it."""
    way = circle(facts)
    if not way or not facts.sample.counters.dead_lettered:
        return None
    says = text(
        "Dead letters of queue '{queue}' come back to it without a consumer: the broker drops them then.",
        queue=facts.name,
    )
    proofs = (
        Proof(text("They go {way}.", way=" → ".join(f"'{name}'" for name in way))),
        Proof(
            text("{n} left it as dead letters.", n=counted(facts.sample.counters.dead_lettered, "message"))
        ),
    )
    then = text(
        "Have the dead letters of one of these queues go elsewhere, or have a consumer reject them "
        "in between."
    )
    return Said(says=says, proofs=proofs, then=then, verb="edit_settings")


RULE = Rule(
    asks="Where do its dead letters go?",
    about=About.QUEUE,
    look=look,
    link=links.DEAD_LETTERS,
    severity=Severity.BAD,
    patience_us=0,
)
