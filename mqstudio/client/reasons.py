"""Answers why, for the window and the command line: gathers facts by a client and asks the rules."""

from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from mqstudio.client.looking import (
    Figures,
    Look,
    Source,
    all_facts,
    bare_queue,
    consumer_facts,
    queue_row,
    take_look,
    whole_queue,
)
from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.queries import FindMessage, GetHappenings
from mqstudio.model.rows import (
    Happenings,
    MessageDetail,
    MessageRow,
    MessageState,
    Place,
    Topology,
    Whereabouts,
)
from mqstudio.why import answering
from mqstudio.why.base import Finding
from mqstudio.why.facts import MessageFacts, QueueFacts

AHEAD_MAX: Final = 500
"""Messages before one that are counted; more are told of as so many."""

BEFORE_US: Final = 3_600_000_000
"""What happened so long before a message was published may be why it got lost."""


AFTER_US: Final = 10_000_000
"""What happened so long after a life ended may tell what became of whoever had the message."""

HAPPENINGS: Final = 5_000

PLACES_MAX: Final = 20
"""Queues of one message that are told of unasked; of another by its name."""


class Answer(Struct, frozen=True):
    """Why a message is as it is in one queue ("" if it came to none)."""

    vhost: str
    row: MessageRow
    findings: tuple[Finding, ...]


class Reasons:
    """The rules, found once, and whoever they are asked of."""

    def __init__(self, rules: answering.Rules | None = None) -> None:
        found, discovery = answering.find_rules()
        self.rules = found if rules is None else rules
        self.failed = discovery.failed
        """Rules that could not be loaded, and why."""

    async def of_message(
        self,
        source: Source,
        figures: Figures,
        message_id: int,
        place: Place | None = None,
        topology: Topology | None = None,
    ) -> list[Answer]:
        """Why a message is as it is, in each queue that it came to, or in one.

        Raises: RefusedError(NO_SUCH_MESSAGE), ConnectionError.
        """
        places = [place] if place is not None else await _places(source, message_id)
        look = await take_look(source, figures, topology)
        return [await self._at(source, look, message_id, each) for each in places]

    async def _at(self, source: Source, look: Look, message_id: int, place: Place) -> Answer:
        detail = await source.message(place.queue, message_id, vhost=place.vhost, body_limit=0)
        facts = await message_facts(source, look, detail, place.vhost)
        return Answer(place.vhost, detail.row, tuple(answering.why(self.rules, facts)))

    async def of_queue(self, source: Source, figures: Figures, vhost: str, name: str) -> list[Finding]:
        """Why a queue, and each of its consumers, is as it is. Raises: RefusedError(NO_SUCH_QUEUE)."""
        facts = await _queue(source, figures, vhost, name)
        findings = answering.why(self.rules, facts)
        for each in consumer_facts(facts):
            findings += answering.why(self.rules, each)
        return answering.in_order(answering.without_symptoms(self.rules, findings))

    async def of_consumer(
        self, source: Source, figures: Figures, vhost: str, name: str, tag: str
    ) -> list[Finding]:
        """Why consumers with this tag get nothing. Raises: RefusedError."""
        facts = await _queue(source, figures, vhost, name)
        those = consumer_facts(facts, tag)
        if not those:
            raise RefusedError(
                Refusal.NO_SUCH_SUBSCRIPTION,
                f"Queue '{name}' has no consumer '{tag}'. `mqstudio why --queue {name}` tells of all it has.",
            )
        about_queue = answering.why(self.rules, facts)
        found = [*about_queue, *(each for one in those for each in answering.why(self.rules, one))]
        kept = answering.without_symptoms(self.rules, found)
        return [each for each in kept if each not in about_queue] or kept

    async def problems(
        self, source: Source, figures: Figures, topology: Topology | None = None
    ) -> list[Finding]:
        """All that is wrong now, the worst first."""
        look = await take_look(source, figures, topology)
        return answering.problems(self.rules, await all_facts(source, look), figures.now_us)


async def _places(source: Source, message_id: int) -> list[Place]:
    found = await source.call(FindMessage(message_id), Whereabouts)
    if not found.places:
        raise RefusedError(
            Refusal.NO_SUCH_MESSAGE,
            f"Nobody knows of a message {message_id}: its number may be mistyped, or it is forgotten by now.",
        )
    return found.places[:PLACES_MAX]


async def _queue(source: Source, figures: Figures, vhost: str, name: str) -> QueueFacts:
    look = await take_look(source, figures)
    row = queue_row(look, vhost, name)
    if row is None:
        raise RefusedError(
            Refusal.NO_SUCH_QUEUE,
            f"There is no queue '{name}' in virtual host '{vhost}'. `mqstudio queues` lists those there are.",
        )
    return await whole_queue(source, bare_queue(look, row))


async def message_facts(source: Source, look: Look, detail: MessageDetail, vhost: str) -> MessageFacts:
    """Facts about a message in one queue."""
    row = detail.row
    happened = await source.call(_times_of(detail), Happenings)
    its_queue = queue_row(look, vhost, row.queue) if row.queue else None
    queue: QueueFacts | None = None
    ahead: int | None = None
    if its_queue is not None:
        queue = bare_queue(look, its_queue)
        if row.state in {MessageState.READY, MessageState.IN_FLIGHT}:
            queue = replace(await whole_queue(source, queue), message=row)
        if row.state is MessageState.READY:
            ahead = await _ahead(source, row, vhost)
    return MessageFacts(
        now_us=look.figures.now_us,
        vhost=vhost,
        row=row,
        life=tuple(detail.life),
        properties=detail.properties,
        past=detail.past,
        topology=look.topology,
        queue=queue,
        happenings=tuple(happened.happenings),
        broker=look.info,
        ahead=ahead,
        first=queue.first if queue is not None else None,
    )


def _times_of(detail: MessageDetail) -> GetHappenings:
    """What happened before and during a life; of one that ended at once also what came later, too late."""
    since_us = detail.row.published_at_us - BEFORE_US
    last = detail.life[-1] if detail.life else None
    if last is None or last.what == "unroutable":
        return GetHappenings(since_us, None, HAPPENINGS)
    return GetHappenings(since_us, last.at_us + AFTER_US, HAPPENINGS)


async def _ahead(source: Source, row: MessageRow, vhost: str) -> int:
    """How many ready messages came before it."""
    page = await source.page(
        row.queue, vhost=vhost, limit=AHEAD_MAX, is_oldest_first=True, states=[MessageState.READY]
    )
    return sum(each.message_id < row.message_id for each in page.rows)
