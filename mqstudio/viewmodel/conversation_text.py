"""A conversation as text: arrow by arrow for the command line, and as a sequence diagram of Mermaid."""

import re
from collections.abc import Iterator

from mqstudio.viewmodel.conversation_story import Arrow, Diagram
from mqstudio.viewmodel.lifecycle_words import fine
from mqstudio.viewmodel.wording import counted
from mqstudio.viewmodel.words import tr

_UNSAFE = re.compile(r"[^\w .,/@()+=\-µ*{}\[\]]")
"""What Mermaid might take for its own: `;` and `#` begin things, `:` ends a name."""


def conversation_text(diagram: Diagram) -> str:
    """Each arrow on a line, with the time since the first."""
    return "\n".join(_lines(diagram))


def _lines(diagram: Diagram) -> Iterator[str]:
    messages = len({arrow.message_id for arrow in diagram.arrows})
    yield f"{diagram.title}: {counted(messages, tr('message'), tr('messages'))}"
    times = [f"+{fine(arrow.at_us - diagram.begins_us)}" for arrow in diagram.arrows]
    routes = [_route(diagram, arrow) for arrow in diagram.arrows]
    late, wide = max(map(len, times), default=0), max(map(len, routes), default=0)
    for time, route, arrow in zip(times, routes, diagram.arrows, strict=True):
        yield f"  {time:>{late}}  {route:<{wide}}  {arrow.words:<24}  #{arrow.message_id}".rstrip()
    yield from diagram.notes


def _route(diagram: Diagram, arrow: Arrow) -> str:
    one, other = (diagram.participants[lane].title for lane in (arrow.from_lane, arrow.to_lane))
    return one if one == other else f"{one} → {other}"


def mermaid(diagram: Diagram) -> str:
    """The diagram in the language of Mermaid, which many documents draw."""
    lines = ["sequenceDiagram"]
    for place, participant in enumerate(diagram.participants):
        kind = "actor" if participant.kind == "client" else "participant"
        lines.append(f"    {kind} p{place} as {_safe(participant.title)}")
    for arrow in diagram.arrows:
        line = "-->>" if arrow.what in ("ack", "release", "reject") else "->>"
        line = "--x" if arrow.what == "lost" else line
        words = _safe(arrow.words) or tr("route")
        time = fine(arrow.at_us - diagram.begins_us)
        lines.append(f"    p{arrow.from_lane}{line}p{arrow.to_lane}: {words} (+{time})")
    lines += [f"    Note over p0: {_safe(note)}" for note in diagram.notes if diagram.participants]
    return "\n".join(lines) + "\n"


def _safe(text: str) -> str:
    return _UNSAFE.sub(lambda match: f"#{ord(match[0])};", text)
