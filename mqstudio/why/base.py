"""What a rule is, and what it answers.

A rule is a pure function of facts. It answers nothing, or one finding: a sentence about just this message or
queue, the facts that prove it, what to do, and where the protocol's documentation says so.
"""

from collections.abc import Callable
from enum import IntEnum, StrEnum
from typing import Any

from msgspec import Struct


class About(StrEnum):
    """What a rule's facts are about."""

    MESSAGE = "message"
    QUEUE = "queue"
    CONSUMER = "consumer"
    EXCHANGE = "exchange"
    CLIENT = "client"
    BROKER = "broker"
    ATTEMPT = "attempt"


class Severity(IntEnum):
    """How bad it is. INFO: that is how it works, and all may be as it should."""

    INFO = 0
    WARN = 1
    BAD = 2


class Text(Struct, frozen=True):
    """A sentence with places for values: names as strangers chose them, so that whoever shows it has to make
    them harmless, and can translate the rest."""

    template: str
    values: dict[str, str] = {}

    def __str__(self) -> str:
        return self.template.format(**self.values)


def text(template: str, /, **values: object) -> Text:
    """Make a Text."""
    return Text(template, {name: str(value) for name, value in values.items()})


NOTHING = Text("")


class Proof(Struct, frozen=True):
    """A fact that shows that it is so; at_us: when it was (0: now)."""

    says: Text
    at_us: int = 0


class Subject(Struct, frozen=True):
    """What a finding is about. name: a queue's, an exchange's, a client's; id: a message's, a connection's or
    a subscription's."""

    about: About
    vhost: str = ""
    name: str = ""
    id: int = 0


class Said(Struct, frozen=True, kw_only=True):
    """What a rule answers.

    then: what to do. severity: None leaves it to the rule. since_us: since when it is so, 0 if always or
    nobody knows. verb: of the window's table of verbs, where one mends it; at: what that has to be done to,
    if not to what it is about. link: a better page than the rule's.
    """

    says: Text
    proofs: tuple[Proof, ...] = ()
    then: Text = NOTHING
    severity: Severity | None = None
    since_us: int = 0
    verb: str = ""
    at: Subject | None = None
    link: str = ""


class Finding(Struct, frozen=True):
    """An answer: which rule, about what, and what it says."""

    rule: str
    subject: Subject
    severity: Severity
    says: Text
    proofs: tuple[Proof, ...]
    then: Text
    link: str
    since_us: int = 0
    verb: str = ""
    at: Subject | None = None

    @property
    def key(self) -> str:
        """The same for the same problem of the same thing, for muting and for telling what is new."""
        subject = self.subject
        about = f"{subject.vhost}\0{subject.name}\0{subject.id}"
        return f"{self.rule}\0{subject.about.value}\0{about}"


Look = Callable[[Any], Said | None]  # Any: the facts of what the rule is about


class Rule(Struct, frozen=True, kw_only=True):
    """One rule, found by the name of its module.

    asks: the question that it answers. link: the page that says so. hides: rules whose findings this one
    causes. explains: by which words of the ledger it is called for (see `reasons`). patience_us: how long it
    has to be so before it is a problem; None: it never is one, it only answers who asks. holds_up: of a
    queue, whether it is also why a message waits there.
    """

    asks: str
    about: About
    look: Look
    link: str
    severity: Severity = Severity.INFO
    hides: tuple[str, ...] = ()
    explains: tuple[str, ...] = ()
    patience_us: int | None = None
    holds_up: bool = False
