"""Writes messages with all that is known of them into a file: in bulk where the broker keeps them on disk.

`export_source` has them come, written and without their secrets; here they are put where they belong. JSON
lines and MessagePack go straight into the file, any other format is made by a process of its own
(`export_target`), so that whoever asks stays free.
"""

from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path

from mqstudio.client.export_source import AHEAD, PAGE_ROWS, Source, Wanted, parts, read_one
from mqstudio.client.export_target import Target, target_of
from mqstudio.exporters.base import Exporter, Options
from mqstudio.exporters.redacting import Hits
from mqstudio.exporters.redaction import DEFAULT, Redaction
from mqstudio.model.errors import RefusedError

__all__ = ["AHEAD", "PAGE_ROWS", "Source", "Wanted", "export", "read_one"]

OnProgress = Callable[[int, int], None]


def _nobody(_: int, __: int) -> None:
    """Nobody wants to know."""


async def export(  # noqa: PLR0917  # what, how, whereto
    client: Source,
    wanted: Wanted,
    exporter: Exporter,
    options: Options,
    path: Path,
    on_progress: OnProgress = _nobody,
    *,
    redaction: Redaction = DEFAULT,
    hits: Hits | None = None,
    on_way: OnProgress = _nobody,
) -> int:
    """Write messages into a file; returns how many. on_progress(messages, bytes) every few of them.

    redaction: what is taken out; hits: where that is counted. on_way(looked at, of how many): how far it is.
    The file is written beside its place, and takes it when it is done. When cancelled it is ended, and has
    what was written so far; when it fails, what was there before is there still.
    Raises: RefusedError, ConnectionError, OSError.
    """
    beside = path.with_name(f"{path.name}.part")
    target = await target_of(exporter, options, beside)
    found = hits if hits is not None else Hits()
    count = 0
    try:
        async with aclosing(parts(client, wanted, target.format, options, redaction)) as coming:
            async for part in coming:
                await target.put(part.data)
                count += part.count
                found.join(part.hits)
                on_way(part.looked_at, part.of)
                on_progress(count, target.size_bytes())
        await target.finish()
    except (RefusedError, OSError):
        await target.give_up()
        raise
    except BaseException:  # somebody has had enough of it: a whole file, as far as it goes
        await _finish_whole(target)
        beside.replace(path)
        raise
    beside.replace(path)
    on_progress(count, target.size_bytes())
    return count


async def _finish_whole(target: Target) -> None:
    """End the file though nobody waits for it any more."""
    try:
        await target.finish()
    except (RefusedError, OSError):
        await target.give_up()
        raise
