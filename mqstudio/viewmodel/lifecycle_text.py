"""A lifecycle as text: for the command line, the clipboard, and whoever reads instead of looking."""

from collections.abc import Iterator
from typing import Final

from mqstudio.model.lifecycle import Lifecycle
from mqstudio.viewmodel.lifecycle_story import Bar, Mark, Story, state_words, story_of
from mqstudio.viewmodel.lifecycle_words import bindings_words, exact, span
from mqstudio.viewmodel.wording import counted, exchange_title, plain, size
from mqstudio.viewmodel.words import tr

OFFSET: Final = 12
"""Characters for the time since the beginning."""

YES, NO = "✓", "✗"


def lifecycle_text(lifecycle: Lifecycle, now_us: int) -> str:
    """The whole of it, event by event."""
    return "\n".join(_lines(lifecycle, story_of(lifecycle), now_us))


def _lines(lifecycle: Lifecycle, story: Story, now_us: int) -> Iterator[str]:
    parts = {part.message_id: part for part in lifecycle.parts}
    for place, lane in enumerate(story.lanes):
        marks = [mark for mark in story.marks if mark.lane == place]
        bars = [bar for bar in story.bars if bar.lane == place]
        if lane.queue:
            yield f"  {tr('queue {queue}', queue=lane.title)}: {state_words(lane, now_us) or '?'}"
        else:
            if place:
                yield ""
            part = parts[lane.message_id]
            yield f"{lane.title}  {lane.about} · {size(part.size_bytes)}"
            if part.parent_id:
                yield f"  {tr('went on {at}', at=exact(part.published_at_us))}"
            else:
                yield f"  {tr('published {at}', at=exact(part.published_at_us))}{_by(part.publisher)}"
            yield from _bindings(story, lane.message_id)
        yield from _events(story, marks, bars)
    if story.notes:
        yield ""
        yield from story.notes


def _by(publisher: str) -> str:
    return f" {tr('by {who}', who=plain(publisher, 80))}" if publisher else ""


def _bindings(story: Story, message_id: int) -> Iterator[str]:
    for passed in story.passed:
        if passed.message_id != message_id:
            continue
        told = passed.told
        yield f"  {tr('exchange {name}', name=exchange_title(told.exchange))}" + (
            f" ({plain(told.kind)})" if told.kind else ""
        )
        for is_matching, words in bindings_words(told):
            yield f"    {YES if is_matching else NO} {words}"
        if told.left_out:
            yield f"    … {counted(told.left_out, 'more binding')} {tr('that did not match')}"
        if told.doubt:
            yield f"    ({told.doubt})"


def _events(story: Story, marks: list[Mark], bars: list[Bar]) -> Iterator[str]:
    """Each event, and below it the time that began with it."""
    told: set[Bar] = set()
    widest = max((len(mark.title) for mark in story.marks), default=0)
    for mark in marks:
        offset = f"+{span(mark.at_us - story.begins_us)}"
        title = f"{mark.title:<{widest}}  {mark.words}" if mark.words else mark.title
        yield f"  {offset:>{OFFSET}}  {title}"
        begun = next((bar for bar in bars if bar.from_us == mark.at_us and bar not in told), None)
        if begun is not None and mark.what in ("enqueued", "requeued", "restored", "delivered", "delayed"):
            told.add(begun)
            yield f"  {'':>{OFFSET}}  │ {begun.title}"
