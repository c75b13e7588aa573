"""What rules about a broker that takes no more share."""

from mqstudio.why.base import Proof, text
from mqstudio.why.facts import BrokerFacts
from mqstudio.why.words import listed


def who_waits(facts: BrokerFacts) -> tuple[Proof, ...]:
    """Since when, and which publishers wait."""
    began = [each for each in facts.happenings if each.what == "blocked"]
    at_us = began[-1].at_us if began else 0
    proofs = [Proof(text("Publishers are not read from."), at_us)]
    if facts.waiting:
        names = listed([f"'{each.name}'" for each in facts.waiting])
        proofs.append(Proof(text("{names} wait.", names=names)))
    return tuple(proofs)
