"""A conversation as a sequence diagram: who takes part, and what went from one to the other, in time.

No widget, no file: the window paints it, the command line prints it, Mermaid draws it elsewhere.
"""

from typing import Final

from msgspec import Struct

from mqstudio.client.conversation_keys import Key
from mqstudio.client.conversing import Conversation, Spoken
from mqstudio.model.rows import LifeStep
from mqstudio.viewmodel.lifecycle_words import facts_of, is_again, span
from mqstudio.viewmodel.wording import exchange_title, plain
from mqstudio.viewmodel.words import tr

ARROWS_MAX: Final = 1_000
PARTICIPANTS_MAX: Final = 40
"""What is drawn; the rest is counted."""

CLIENT, EXCHANGE, QUEUE = "client", "exchange", "queue"
NOBODY: Final = "(nobody)"


class Participant(Struct, frozen=True):
    """Who takes part: a client, an exchange or a queue."""

    kind: str
    name: str

    @property
    def title(self) -> str:
        """How it is called on its lane."""
        return exchange_title(self.name) if self.kind == EXCHANGE else plain(self.name, 60)


class Arrow(Struct, frozen=True):
    """Something that went from one to another. from_lane, to_lane: places among the participants.

    what: publish, route, deliver, ack, release, reject, dead_letter, lost. is_reply: it answers another
    message. words: what is written on it. facts: all that is known, a line each.
    """

    at_us: int
    from_lane: int
    to_lane: int
    what: str
    words: str
    message_id: int
    vhost: str
    queue: str
    facts: tuple[str, ...]
    is_reply: bool = False


Placed = tuple[int, int, Participant, Participant, Arrow]
"""An arrow with its time, its place, and whom it leads from and to."""


class Diagram(Struct, frozen=True):
    """The whole picture. notes: what is not known, or not shown."""

    participants: tuple[Participant, ...]
    arrows: tuple[Arrow, ...]
    title: str
    notes: tuple[str, ...]
    begins_us: int
    of_id: int


def diagram_of(conversation: Conversation) -> Diagram:
    """Draw a conversation."""
    making = _Making(conversation)
    for spoken in conversation.messages:
        making.add(spoken)
    return making.diagram()


class _Making:
    """A diagram being put together: arrows by name first, lanes when their order is known."""

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation
        self._arrows: list[Placed] = []
        self._first_us = min((s.part.published_at_us for s in conversation.messages), default=0)
        self._asked: dict[str, set[str]] = {}
        """Correlation id → the queues in which answers to it are waited for."""
        for spoken in conversation.messages:
            if spoken.reply_to:
                for each in (spoken.correlation_id, spoken.message_id):
                    self._asked.setdefault(each, set()).add(spoken.reply_to)

    def add(self, spoken: Spoken) -> None:
        """Take one message: what happened to it, as arrows."""
        part = spoken.part
        exchange = Participant(EXCHANGE, part.exchange)
        is_reply = part.routing_key in self._asked.get(spoken.correlation_id, ())
        held: dict[tuple[str, int, int], int] = {}
        for step in part.steps:
            queue = Participant(QUEUE, step.queue)
            client = Participant(CLIENT, self._client(step))
            match step.what:
                case "published":
                    self._publish(spoken, step, client, exchange, is_reply=is_reply)
                case "enqueued" if part.exchange:
                    self._put(spoken, step, exchange, queue, "route", "")
                case "delivered":
                    held[step.queue, step.connection_id, step.delivery_tag] = step.at_us
                    again = f" {tr('again')}" if is_again(step) else ""
                    self._put(spoken, step, queue, client, "deliver", tr("deliver") + again)
                case "settled":
                    since = held.get((step.queue, step.connection_id, step.delivery_tag))
                    self._settle(spoken, step, client, queue, since)
                case "dead_lettered":
                    to = Participant(EXCHANGE, step.exchange) if step.exchange else queue
                    why = plain(step.reason.replace("_", " "))
                    self._put(spoken, step, queue, to, "dead_letter", tr("dead letter: {why}", why=why))
                case "unroutable":
                    self._put(spoken, step, exchange, exchange, "lost", tr("matched no queue"))
                case "dropped":
                    why = plain(step.reason.replace("_", " "))
                    self._put(spoken, step, queue, queue, "lost", tr("dropped: {why}", why=why))

    def _client(self, step: LifeStep) -> str:
        return step.client or (
            tr("connection {number}", number=step.connection_id) if step.connection_id else NOBODY
        )

    def _publish(
        self, spoken: Spoken, step: LifeStep, client: Participant, exchange: Participant, *, is_reply: bool
    ) -> None:
        part = spoken.part
        if part.parent_id:
            return  # it was its dead-lettering or moving that brought it here
        name = plain(spoken.type or part.routing_key or part.exchange, 60)
        words = tr("reply {name}", name=name) if is_reply else name
        to = exchange if part.exchange else Participant(QUEUE, part.routing_key)
        self._put(spoken, step, client, to, "publish", words, is_reply=is_reply)

    def _settle(
        self, spoken: Spoken, step: LifeStep, client: Participant, queue: Participant, since_us: int | None
    ) -> None:
        time = f" {span(step.at_us - since_us)}" if since_us is not None else ""
        what, words = {
            "accepted": ("ack", tr("ack")),
            "released": ("release", tr("give back")),
            "rejected": ("reject", tr("reject")),
        }.get(step.outcome, ("ack", tr("settle")))
        self._put(spoken, step, client, queue, what, words + time)

    def _put(  # noqa: PLR0917  # what an arrow is made of
        self,
        spoken: Spoken,
        step: LifeStep,
        one: Participant,
        other: Participant,
        what: str,
        words: str,
        *,
        is_reply: bool = False,
    ) -> None:
        part = spoken.part
        facts = facts_of(step, part, self._first_us, None)
        about = [f"{name.replace('_', ' ')}: {plain(value, 120)}" for name, value in _said(spoken)]
        queue = step.queue or next((row.queue for row in part.rows), "")
        arrow = Arrow(
            step.at_us, 0, 0, what, words, part.message_id, part.vhost, queue, (*facts, *about), is_reply
        )
        self._arrows.append((step.at_us, len(self._arrows), one, other, arrow))

    def diagram(self) -> Diagram:
        """What it came to."""
        ordered = _answers_first(sorted(self._arrows, key=lambda each: each[:2]))
        lanes: dict[Participant, int] = {}
        arrows: list[Arrow] = []
        left_out = 0
        for _, _, one, other, arrow in ordered:
            new = [each for each in dict.fromkeys((one, other)) if each not in lanes]
            if len(arrows) >= ARROWS_MAX or len(lanes) + len(new) > PARTICIPANTS_MAX:
                left_out += 1
                continue
            for each in new:
                lanes[each] = len(lanes)
            places = {"from_lane": lanes[one], "to_lane": lanes[other]}
            arrows.append(_placed(arrow, **places))
        first_us = arrows[0].at_us if arrows else self._first_us
        conversation = self._conversation
        return Diagram(
            tuple(lanes), tuple(arrows), title_of(conversation), self._notes(left_out), first_us,
            conversation.of_id,
        )  # fmt: skip

    def _notes(self, left_out: int) -> tuple[str, ...]:
        told = self._conversation
        notes = []
        if told.is_cut:
            notes.append(tr("There are more messages; shown are {count}.", count=len(told.messages)))
        if not told.is_whole:
            notes.append(tr("The search was stopped: there may be more."))
        if left_out:
            notes.append(tr("{count} more steps are not shown.", count=f"{left_out:,}"))
        if any(spoken.part.is_trimmed or spoken.part.is_unrecorded for spoken in told.messages):
            notes.append(tr("Of some messages the ledger has not every event."))
        if told.recorded_one_in > 1:
            says = tr(
                "Of messages that do not survive a restart one in {n} is recorded.", n=told.recorded_one_in
            )
            notes.append(says)
        return tuple(notes)


def _answers_first(ordered: list[Placed]) -> list[Placed]:
    """What a client published stands before what it settled at the same moment: it works in that order, and
    the ledger does not say in which order a moment's events of different messages were."""
    found = list(ordered)
    for place in range(1, len(found)):
        here = place
        while here and _is_after(found[here - 1], found[here]):
            found[here - 1], found[here] = found[here], found[here - 1]
            here -= 1
    return found


def _is_after(one: Placed, other: Placed) -> bool:
    is_settled, is_published = one[4].what in ("ack", "release", "reject"), other[4].what == "publish"
    return is_settled and is_published and one[0] == other[0] and one[2] == other[2]


def _placed(arrow: Arrow, from_lane: int, to_lane: int) -> Arrow:
    fields = {name: getattr(arrow, name) for name in Arrow.__struct_fields__}
    return Arrow(**{**fields, "from_lane": from_lane, "to_lane": to_lane})


def _said(spoken: Spoken) -> list[tuple[str, str]]:
    names = ("type", "correlation_id", "message_id", "reply_to", "trace_id", "app_id")
    return [(name, value) for name in names if (value := getattr(spoken, name))]


def title_of(conversation: Conversation) -> str:
    """What the messages have in common."""
    words = [key_words(key) for key in conversation.keys[:3]]
    if len(conversation.keys) > 3:
        words.append(tr("and {count} more", count=len(conversation.keys) - 3))
    return ", ".join(words) or tr("what it was and became")


def key_words(key: Key) -> str:
    """A key in words."""
    names = {
        "correlation_id": tr("correlation id"), "message_id": tr("message id"), "reply_to": tr("reply to"),
        "trace": tr("trace"),
    }  # fmt: skip
    return f"{names.get(key.by, plain(key.by, 60))} {plain(key.value, 60)}"
