"""How large an export will be, and what would be taken out of it: from a sample, beforehand."""

from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from mqstudio.client.export_source import Source, Wanted, asked_for, one_by_one, part_of
from mqstudio.client.export_target import DIRECT
from mqstudio.exporters import messagepack
from mqstudio.exporters.base import Exporter, Options, Record
from mqstudio.exporters.redacting import Hits, Redactor
from mqstudio.exporters.redaction import Redaction
from mqstudio.model.records import Records

SAMPLES: Final = 6
"""Places of a recording that are looked at; each gives a mebibyte, or what there is up to the next."""


SAMPLED_ALONE: Final = 200
"""Messages that are looked at where they must be asked for one by one."""


class Estimate(Struct, frozen=True):
    """What to expect. is_exact: all was looked at. sampled: so many messages were."""

    count: int
    size_bytes: int
    hits: Hits
    sampled: int
    is_exact: bool


async def estimate(
    client: Source, wanted: Wanted, exporter: Exporter, options: Options, redaction: Redaction
) -> Estimate:
    """Look at some of what would be written. Raises: RefusedError, OSError."""
    asked = replace(asked_for(wanted, "msgpack", options, redaction), is_trial=False)
    first = await client.records(asked)
    if not first.is_kept:
        return await _of_pages(client, wanted, exporter, options, redaction)
    replies = [first]
    span = first.last_id - first.first_id + 1
    reached = first.reached
    places = [first.first_id + span * place // SAMPLES for place in range(1, SAMPLES)]
    for place in places:
        if reached is None:
            break
        if place > reached:
            replies.append(await client.records(replace(asked, after_id=place, up_to_id=first.last_id)))
            reached = replies[-1].reached
    return _reckoned(replies, span, exporter, options, wanted, is_whole=first.reached is None)


def _reckoned(  # what is known
    replies: list[Records], span: int, exporter: Exporter, options: Options, wanted: Wanted, *, is_whole: bool
) -> Estimate:
    hits = Hits()
    for reply in replies:
        hits.join(part_of(reply, reply).hits)
    count, looked_at = sum(each.count for each in replies), sum(each.looked_at for each in replies)
    size = sum(each.size_bytes for each in replies)
    factor = 1.0 if is_whole else max(1.0, span / max(1, looked_at))
    if wanted.ids is not None and not is_whole:
        factor = max(1.0, len(wanted.ids) / max(1, count))
    ratio = _ratio(replies, exporter, options)
    return Estimate(round(count * factor), round(size * factor * ratio), hits, count, is_whole)


def _ratio(replies: list[Records], exporter: Exporter, options: Options) -> float:
    """How large the wanted format is beside MessagePack: told by writing some of it."""
    if DIRECT.get(exporter.suffixes[0]) == "msgpack":
        return 1.0
    data = next((reply.data for reply in replies if reply.count), b"")
    records = []
    for record in messagepack.IMPORTER.read(iter([data])):
        records.append(record)
        if len(records) >= 200:
            break
    return _ratio_of(records, exporter, options) if records else 1.0


def _ratio_of(records: list[Record], exporter: Exporter, options: Options) -> float:
    sizes = []
    for each in (exporter, messagepack.EXPORTER):
        file = each.write(options)
        sizes.append(
            len(file.begin()) + sum(len(file.record(record)) for record in records) + len(file.end())
        )
    return sizes[0] / max(1, sizes[1])


async def _of_pages(
    client: Source, wanted: Wanted, exporter: Exporter, options: Options, redaction: Redaction
) -> Estimate:
    """Where nothing is on disk: what the first messages tell, and how many there are."""
    redactor = Redactor(redaction)
    records: list[Record] = []
    is_exact = True
    async for some in one_by_one(client, wanted, is_whole=options.has_body):
        records += [redactor.record(each) for each in some]
        if len(records) >= SAMPLED_ALONE:
            is_exact = False
            break
    file = exporter.write(options)
    size = len(file.begin()) + sum(len(file.record(each)) for each in records) + len(file.end())
    if is_exact:
        return Estimate(len(records), size, redactor.hits, len(records), True)
    live = [(await client.page(queue, vhost=vhost, limit=1)).total_live for vhost, queue in wanted.queues]
    total = max(len(records), len(wanted.ids) if wanted.ids is not None else sum(live))
    return Estimate(total, round(size * total / len(records)), redactor.hits, len(records), False)
