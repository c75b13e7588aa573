"""Rules that answer what a test has them answer, at once; none as long as it says nothing."""

from typing import Any, cast

from mqstudio.client.reasons import Answer, Reasons
from mqstudio.model.errors import RefusedError
from mqstudio.model.rows import MessageRow, MessageState, Place
from mqstudio.viewmodel.why import LoadedLater
from mqstudio.why.base import About, Finding, Proof, Severity, Subject, text

LINK = "https://www.rabbitmq.com/docs/consumers"


def finding(
    rule: str = "queue_no_consumer",
    severity: Severity = Severity.WARN,
    subject: Subject = Subject(About.QUEUE, "/", "orders"),  # noqa: B008 - frozen
    **more: Any,
) -> Finding:
    """A finding about queue orders."""
    says = more.pop("says", None) or text("Queue '{queue}' has no consumer.", queue=subject.name)
    proof = Proof(text("The last consumer, '{who}', left.", who="worker"), more.pop("at_us", 0))
    then = text("Start the program that consumes it.")
    return Finding(rule, subject, severity, says, (proof,), then, LINK, **more)


class RulesAtHand(LoadedLater):
    """findings: what is found, of messages and as problems; None: the rules are not read yet."""

    def __init__(self, findings: list[Finding] | None = None) -> None:
        super().__init__()
        self.findings = findings
        self.refusal: RefusedError | None = None
        self.asked = 0

    def get(self) -> Reasons | None:
        """These, as soon as a test says what they find."""
        return None if self.findings is None else cast(Reasons, self)  # as much of it as is used

    async def of_message(
        self, source: object, figures: object, number: int, place: Place, _: object
    ) -> list[Answer]:
        """As Reasons does."""
        self.asked += 1
        if self.refusal is not None:
            raise self.refusal
        row = MessageRow(number, place.queue, MessageState.READY, "", "", 0, "", 0)
        return [Answer(place.vhost, row, tuple(self.findings or ()))]

    async def of_queue(self, source: object, figures: object, vhost: str, name: str) -> list[Finding]:
        """As Reasons does."""
        if self.refusal is not None:
            raise self.refusal
        return [each for each in self.findings or () if each.subject.name == name]

    async def problems(self, source: object, figures: object, topology: object) -> list[Finding]:
        """As Reasons does."""
        self.asked += 1
        if self.refusal is not None:
            raise self.refusal
        return list(self.findings or ())
