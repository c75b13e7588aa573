"""Messages with bodies and lives in bulk, as files have them: what exports ask of a broker."""

from msgspec import Struct

from mqstudio.model.rows import MessageState


class GetRecords(Struct, frozen=True, tag=True):
    """Recorded messages behind `after_id`, oldest first, as many as make about a mebibyte. Reply: Records.

    queues: virtual host and name; none: all, and what no queue took. where: a filter. since_us, until_us:
    when they were published, both within. states: where they stand; none: anywhere. ids: these only.
    up_to_id: and no later ones; 0: any. format: jsonl or msgpack, as the data is written. redaction: JSON of
    a profile of what is to be taken out; empty: nothing. is_trial: only what is counted is wanted.
    """

    after_id: int = 0
    queues: list[tuple[str, str]] = []
    where: str = ""
    since_us: int = 0
    until_us: int | None = None
    states: list[MessageState] = []
    ids: list[int] = []
    up_to_id: int = 0
    format: str = "jsonl"
    has_body: bool = True
    has_properties: bool = True
    has_life: bool = True
    redaction: bytes = b""
    is_trial: bool = False


class RedactionHit(Struct, frozen=True):
    """One thing that was taken out: what it was found by, where, and what it looked like, masked."""

    rule: str
    where: str
    sample: str


class Records(Struct, frozen=True):
    """A part of what was asked for. data: so many records as a file has them.

    size_bytes: of the data, also where it was not wanted. looked_at: messages. first_id, last_id: of the
    messages there are. reached: go on behind that one; None: that was all. alone: the message at `reached`,
    which is too large to come in bulk. message_ids: which were recorded, where ids were asked for. is_kept:
    false where messages are in memory only, so that they must be asked for one by one. is_thinned: not every
    message that lives is recorded. redacted, hits, examples: messages that had something taken out of them,
    what it was found by and how often, and the first of it.
    """

    data: bytes = b""
    count: int = 0
    size_bytes: int = 0
    looked_at: int = 0
    first_id: int = 0
    alone: int = 0
    reached: int | None = None
    last_id: int = 0
    message_ids: list[int] = []
    is_kept: bool = True
    is_thinned: bool = False
    redacted: int = 0
    hits: dict[str, int] = {}
    examples: list[RedactionHit] = []
