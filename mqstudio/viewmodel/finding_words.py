"""Findings as panels show them: sentences in the language in use, with names that do nothing."""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from mqstudio.viewmodel.wording import clock, duration, plain
from mqstudio.viewmodel.words import tr
from mqstudio.why.base import About, Finding, Severity, Subject, Text

LEVELS: Final = {Severity.INFO: "info", Severity.WARN: "warn", Severity.BAD: "bad"}

NAME_CHARACTERS: Final = 120


class ProofLine(Struct, frozen=True):
    """A fact: when ("" if it is so now), and what."""

    at: str
    says: str


class Answer(Struct, frozen=True):
    """A finding as it is shown. about: what it is about, in a few words; level: info, warn or bad.

    verb: of the table of verbs, if one mends it, done to `at`, or to what it is about; link: opened only when
    somebody clicks on it.
    """

    key: str
    rule: str
    level: str
    says: str
    proofs: tuple[ProofLine, ...]
    then: str
    link: str
    about: str
    since: str
    subject: Subject
    verb: str = ""
    at: Subject | None = None

    @property
    def spoken(self) -> str:
        """All of it on one line, for screen readers and the clipboard."""
        proofs = "; ".join(f"{each.at} {each.says}".strip() for each in self.proofs)
        return ". ".join(part.rstrip(".") for part in (self.says, proofs, self.then) if part)


def answers_of(findings: Sequence[Finding], now_us: int) -> list[Answer]:
    """Findings for people."""
    return [answer_of(each, now_us) for each in findings]


def answer_of(finding: Finding, now_us: int) -> Answer:
    """A finding for people."""
    return Answer(
        finding.key,
        finding.rule,
        LEVELS[finding.severity],
        said(finding.says),
        tuple(ProofLine(clock(each.at_us) if each.at_us else "", said(each.says)) for each in finding.proofs),
        said(finding.then),
        finding.link,
        about(finding.subject),
        duration(max(0, now_us - finding.since_us)) if finding.since_us else "",
        finding.subject,
        finding.verb,
        finding.at,
    )


def said(text: Text) -> str:
    """A sentence, its names made harmless."""
    if not text.template:
        return ""
    return tr(text.template, **{name: plain(value, NAME_CHARACTERS) for name, value in text.values.items()})


def about(subject: Subject) -> str:
    """What a finding is about, in a few words."""
    name = plain(subject.name, 60)
    titles = {
        About.MESSAGE: tr("message #{id}", id=subject.id),
        About.QUEUE: tr("queue {name}", name=name),
        About.CONSUMER: tr("consumer of {name}", name=name),
        About.EXCHANGE: tr("exchange {name}", name=name or tr("(default)")),
        About.CLIENT: tr("client {name}", name=name),
        About.BROKER: tr("broker"),
        About.ATTEMPT: tr("connecting"),
    }
    return titles[subject.about]
