"""A filter over records: of a file, where no broker is asked."""

from mqstudio.exporters.base import Record
from mqstudio.model.filters.matching import compile_filter
from mqstudio.model.filters.subject import Subject
from mqstudio.model.filters.syntax import parse
from mqstudio.model.message import HUB_FORMAT, Message, decode_properties, encode_properties


class RecordFilter:
    """A filter's test. now_us: the time that ages are reckoned from. Raises: FilterError."""

    def __init__(self, where: str, now_us: int) -> None:
        self._fits = compile_filter(parse(where), now_us) if where.strip() else None
        self._publisher = ""
        self._subject = Subject(
            now_us, lambda message: decode_properties(message.properties), lambda _: self._publisher
        )

    def fits(self, record: Record) -> bool:
        """Whether a record is meant."""
        if self._fits is None:
            return True
        row = record.row
        self._publisher = row.publisher
        message = Message(
            row.message_id,
            record.body,
            encode_properties(record.properties),
            row.exchange,
            row.routing_key,
            row.published_at_us,
            HUB_FORMAT,
            0,
            past=record.past,
        )
        return self._fits(self._subject.take(message, row, row.size_bytes))
