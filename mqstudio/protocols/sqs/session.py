"""The broker's half of a connection of an SQS client: HTTP requests in, one answered after another.

    reading ──request──► working ──► answered ──► reading
                            └─ nothing there, and the client waits ─► waiting ──mail──► answered
    reading ──no HTTP, too large, a web page of somebody else's──► answered, and finished

What a request has changed is told only when it is on disk (`seal`); while a client waits for messages,
nothing more of it is read. If it goes meanwhile, nothing is lent to it.
"""

from collections import deque
from collections.abc import Generator, Iterator, Sequence
from typing import Any, Final

import msgspec
from msgspec import Struct

from mqstudio.model.commands import OpenChannel, OpenConnection, PutVhost
from mqstudio.model.errors import RefusedError
from mqstudio.model.events import ConnectionKicked, Mail
from mqstudio.model.lending import MessagesLent
from mqstudio.model.topology import DEFAULT_VHOST, ConnectionInfo, VhostSpec
from mqstudio.protocols import http_guard
from mqstudio.protocols.base import Host, Output, Request, WatchItem
from mqstudio.protocols.sqs import names, query, wire
from mqstudio.protocols.sqs.errors import SqsError, translate
from mqstudio.protocols.sqs.operations import READS, TABLE
from mqstudio.protocols.sqs.visit import Visit, Waiting
from mqstudio.protocols.sqs.wire import HttpCall, HttpReader, UnreadableError

NAME: Final = "sqs"
TARGET: Final = "AmazonSQS."
JSON: Final = "application/x-amz-json-1.0"
XML: Final = "text/xml"
PARTIAL_US: Final = 20_000_000
"""A request that has begun must be here after this long."""
IDLE_US: Final = 300_000_000
"""A connection without a request is closed after this long."""


class _Asked(Struct, frozen=True):
    """A request that was understood: how it is to be answered."""

    action: str
    is_query: bool
    is_kept_alive: bool
    request_id: str


class _Poll(Struct, frozen=True):
    """A client waits for messages."""

    asked: _Asked
    waiting: Waiting


class SqsSession:
    """See the module; implements protocols.base.Session."""

    holds_answers = True

    def __init__(self, host: Host, now_us: int) -> None:
        self.wants_answer = False
        self.close_reason = ""
        self._host = host
        self._reader = HttpReader()
        self._heard_at_us = now_us
        self._began_at_us: int | None = None
        self._is_open = False
        self._is_finished = False
        self._channels: dict[str, int] = {}
        self._poll: _Poll | None = None
        self._reply: object = None
        self._refusal: RefusedError | None = None
        self._fresh: list[tuple[bytes, bool]] = []
        """The answers of this turn, and whether each promises something."""
        self._sealed: deque[tuple[int, list[bytes]]] = deque()
        """Answers that wait for a commit, and those behind them (0), in order."""
        self._out: list[bytes] = []

    # ---- from the peer

    def receive_data(self, data: bytes, now_us: int) -> Iterator[Request]:
        """Take bytes; yield what they ask for."""
        self._heard_at_us = now_us
        if data:
            try:
                self._reader.feed(data)
            except UnreadableError as error:
                yield from self._work(now_us)
                self._turn_away(error.status, error.says)
                return
            if self._reader.wants_continue:
                self._reader.wants_continue = False
                self._fresh.append((wire.CONTINUE, False))
        self._began_at_us = (self._began_at_us or now_us) if self._reader.is_within else None
        yield from self._work(now_us)

    def _work(self, now_us: int) -> Iterator[Request]:
        calls = self._reader.calls
        while calls and self._poll is None and not self._is_finished:
            yield from self._serve(calls.popleft(), now_us)

    def _serve(self, call: HttpCall, now_us: int) -> Iterator[Request]:
        """Answer one request; whatever is wrong with it ends here."""
        turned_away = http_guard.refusal(_Headers(call), int(self._host.local_address.rpartition(":")[2]))
        if turned_away is not None:
            self._turn_away(*turned_away)
            return
        request_id = _request_id(self._host)
        asked = _Asked("", not _is_json(call), call.is_kept_alive, request_id)
        try:
            action, given = _read(call)
            asked = msgspec.structs.replace(asked, action=action)
            visit = yield from self._begin(call, given, now_us)
            handler = TABLE.get(action)
            if handler is None:
                says = (
                    f"The action {action:.80} is not valid for this endpoint."
                    if action
                    else "Unknown operation."
                )
                raise SqsError("UnknownOperationException", says)
            output = yield from handler(visit)
        except SqsError as error:
            self._fail(asked, error)
            return
        except RefusedError as refused:
            self._fail(asked, translate(refused))
            return
        if isinstance(output, Waiting):
            self._poll = _Poll(asked, output)
        else:
            self._answer(asked, output)

    def _begin(self, call: HttpCall, given: dict[str, Any], now_us: int) -> Generator[Request, None, Visit]:
        """Introduce the client, if it is new."""
        key, scope = names.read_scope(call.headers.get("authorization", ""))
        if not self._is_open:
            self._is_open = True
            yield from self._ask(OpenConnection(self._introduce(call, key, now_us)))
        host_header = call.headers.get("host", "")
        return Visit(given, scope, key, host_header, now_us, self._host, self._ask, self._channel)

    def _introduce(self, call: HttpCall, key: str, now_us: int) -> ConnectionInfo:
        product, _, rest = call.headers.get("user-agent", "").partition(" ")
        product, _, version = product.partition("/")
        return ConnectionInfo(
            id=self._host.connection_id,
            protocol=NAME,
            address=self._host.peer_address,
            name=f"{product or 'HTTP client'} {self._host.peer_address.rpartition(':')[2]}",
            user=key,
            product=product,
            version=version,
            platform=rest[:200],
            opened_at_us=now_us,
            local_address=self._host.local_address,
        )

    def _channel(self, vhost: str) -> Generator[Request, None, int]:
        """A channel in a virtual host, which is made if it is a region that nobody has been in."""
        channel_id = self._channels.get(vhost)
        if channel_id is not None:
            return channel_id
        channel_id = self._host.new_id()
        opening = OpenChannel(
            channel_id,
            self._host.connection_id,
            len(self._channels) + 1,
            "" if vhost == DEFAULT_VHOST else vhost,
        )
        try:
            yield from self._ask(opening)
        except RefusedError:
            yield from self._ask(PutVhost(VhostSpec(vhost, "A region of Amazon SQS")))
            yield from self._ask(opening)
        self._channels[vhost] = channel_id
        return channel_id

    def _ask(self, request: Request) -> Generator[Request, None, Any]:
        """Make a request; the generator's value is the reply. Raises: RefusedError."""
        self._reply = None
        self.wants_answer = True
        yield request
        self.wants_answer = False
        refusal, self._refusal = self._refusal, None
        if refusal is not None:
            raise refusal
        return self._reply

    def answer(self, reply: object) -> None:
        """The last request was done."""
        self._reply = reply

    def refuse(self, error: RefusedError) -> None:
        """The last request was refused."""
        self._refusal = error

    # ---- to the peer

    def _answer(self, asked: _Asked, output: dict[str, Any], *, promises: bool = True) -> None:
        headers = {"x-amzn-RequestId": asked.request_id, "Content-Type": XML if asked.is_query else JSON}
        if asked.is_query:
            body = query.write(asked.action, output, asked.request_id)
        else:
            body = msgspec.json.encode(output) if output else b""
        self._write(asked, wire.respond(200, headers, body, is_kept_alive=asked.is_kept_alive), promises)

    def _fail(self, asked: _Asked, error: SqsError) -> None:
        headers = {"x-amzn-RequestId": asked.request_id, "Content-Type": XML if asked.is_query else JSON}
        if asked.is_query:
            body = query.write_error(error, asked.request_id)
        else:
            who = "Sender" if error.is_senders else "Receiver"
            headers["x-amzn-query-error"] = f"{error.code};{who}"
            body = msgspec.json.encode({"__type": f"com.amazonaws.sqs#{error.shape}", "message": error.says})
        response = wire.respond(error.status, headers, body, is_kept_alive=asked.is_kept_alive)
        self._write(asked, response, promises=False)

    def _write(self, asked: _Asked, response: bytes, promises: bool) -> None:
        self._fresh.append((response, promises and asked.action not in READS))
        if not asked.is_kept_alive:
            self._is_finished = True

    def _turn_away(self, status: int, says: str) -> None:
        """Answer what is no request of SQS, and hang up."""
        body = msgspec.json.encode({"__type": "BadRequest", "message": says})
        self._fresh.append((wire.respond(status, {"Content-Type": JSON}, body, is_kept_alive=False), False))
        self.close_reason = says
        self._is_finished = True

    # ---- from the broker

    def notify(self, mail: Sequence[Mail | WatchItem]) -> None:
        """Messages for who waits; or somebody has had the connection closed."""
        for letter in mail:
            if isinstance(letter, MessagesLent):
                poll, self._poll = self._poll, None
                if poll is not None and poll.waiting.tag == letter.tag:
                    self._answer(poll.asked, poll.waiting.finish(letter.loans), promises=False)
            elif isinstance(letter, ConnectionKicked):
                self.shut_down(letter.reason)

    def advance(self, now_us: int) -> None:
        """Give up on who began and did not go on, and on who has asked nothing for long."""
        if self._poll is not None or self._is_finished:
            return
        is_late = self._began_at_us is not None and now_us - self._began_at_us > PARTIAL_US
        if is_late or now_us - self._heard_at_us > IDLE_US:
            self.close_reason = "a request did not arrive whole" if is_late else ""
            self._is_finished = True

    def is_calm(self) -> bool:
        """Whether no deadline is near."""
        return self._began_at_us is None

    def shut_down(self, reason: str) -> None:
        """The broker stops: SQS has no word for it."""
        self._is_finished = True
        self._poll = None

    def held_bytes(self) -> int:
        """Memory that what has half arrived takes."""
        return self._reader.held_bytes()

    def forget(self) -> None:
        """The socket is gone."""
        self._poll = None
        self._reader.calls.clear()

    def seal(self, commit: int) -> None:
        """What was done since the last turn, and what came behind it, is told when this commit is on disk."""
        first = next((n for n, (_, promises) in enumerate(self._fresh) if promises), None)
        if first is None:
            return
        self._pass_on(self._fresh[:first])
        self._sealed.append((commit, [answer for answer, _ in self._fresh[first:]]))
        self._fresh = []

    def _pass_on(self, fresh: list[tuple[bytes, bool]]) -> None:
        """Send what waits for nothing, unless something before it waits."""
        answers = [answer for answer, _ in fresh]
        if self._sealed and answers:
            self._sealed.append((0, answers))
        else:
            self._out += answers

    def release(self, commit: int) -> bool:
        """Up to this commit all is on disk."""
        while self._sealed and self._sealed[0][0] <= commit:
            self._out += self._sealed.popleft()[1]
        return bool(self._sealed)

    def refuse_sealed(self, says: str) -> None:
        """Nothing that waits will ever be on disk."""
        error = SqsError("ServiceUnavailable", says, status=503)
        waiting = sum(len(responses) for _, responses in self._sealed)
        self._sealed.clear()
        for _ in range(waiting):
            self._fail(_Asked("", False, True, _request_id(self._host)), error)

    def data_to_send(self) -> Output:
        """Everything to write now, once."""
        self._pass_on(self._fresh)
        self._fresh = []
        data = b"".join(self._out)
        self._out.clear()
        return data

    def is_finished(self) -> bool:
        """Whether to hang up once the bytes are written."""
        return self._is_finished and not (self._sealed or self._fresh or self._out)

    def is_open(self) -> bool:
        """Whether the engine is to know this connection."""
        return self._is_open and not self._is_finished


class _Headers(dict[str, str]):
    """Headers as the guard asks for them."""

    def __init__(self, call: HttpCall) -> None:
        super().__init__(call.headers)

    def get(self, name: str, default: Any = None) -> Any:
        """A header, however it is written."""
        return super().get(name.lower(), default)


def _is_json(call: HttpCall) -> bool:
    return "x-amz-target" in call.headers or call.headers.get("content-type", "").startswith(JSON)


def _read(call: HttpCall) -> tuple[str, dict[str, Any]]:
    """The action of a request, and its members. Raises: SqsError."""
    if _is_json(call):
        action = call.headers.get("x-amz-target", "").removeprefix(TARGET)
        try:
            given = msgspec.json.decode(call.body or b"{}")
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise SqsError("SerializationException", f"The body is no JSON: {error}.") from None
        if not isinstance(given, dict):
            raise SqsError("SerializationException", "The body must be a JSON object.")
        return action, given
    try:
        parameters = {**wire.read_form(call.query), **wire.read_form(call.body.decode("latin-1"))}
    except ValueError:
        raise SqsError("InvalidParameterValueException", "The parameters are not in UTF-8.") from None
    action = parameters.pop("Action", "")
    parameters.pop("Version", None)
    if call.path.strip("/"):
        parameters.setdefault("QueueUrl", call.path)
    return action, query.read(parameters)


def _request_id(host: Host) -> str:
    return f"{host.connection_id:08x}-{host.new_id():016x}"
