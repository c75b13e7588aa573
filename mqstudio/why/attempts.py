"""What the rules of the connection doctor share."""

from mqstudio.why.base import Proof, text
from mqstudio.why.facts import AttemptFacts


def who(facts: AttemptFacts) -> str:
    """Who it was: a client's name, or a computer."""
    attempt = facts.attempt
    return attempt.name or attempt.address.rpartition(":")[0] or attempt.address


def port(facts: AttemptFacts) -> str:
    """The port it came to."""
    return facts.attempt.local_address.rpartition(":")[2] or "?"


def happened(facts: AttemptFacts) -> Proof:
    """When it was last, from where, and how often."""
    attempt = facts.attempt
    if attempt.count == 1:
        says = text("From {address}: {why}.", address=attempt.address, why=attempt.why.rstrip("."))
    else:
        says = text(
            "From {address}, {count} times so far: {why}.",
            address=attempt.address,
            count=f"{attempt.count:,}",
            why=attempt.why.rstrip("."),
        )
    return Proof(says, attempt.at_us)


def is_at(facts: AttemptFacts, protocol: str, *, is_tls: bool = False) -> bool:
    """Whether it came to the port of a protocol, and never became a client."""
    attempt = facts.attempt
    return (attempt.protocol, attempt.is_tls, attempt.was_client) == (protocol, is_tls, False)
