"""A person composes: a real broker and a real client, who receives exactly what the preview said."""

import gzip
import time
from pathlib import Path

import pika
import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from mqstudio.viewmodel.publish_draft import BodyKind, Draft, HeaderDraft
from tests.support.window import Person, at_the_window

# pika reads floats as whole numbers, so these are whole.
HEADERS = [
    HeaderDraft("text", "string", "é"), HeaderDraft("flag", "bool", "true"),
    HeaderDraft("small", "int8", "-5"),
    HeaderDraft("long", "int64", "{{seq 10000000000}}"), HeaderDraft("whole", "float", "2"),
    HeaderDraft("money", "decimal", "12.50"), HeaderDraft("when", "timestamp", "2023-11-14T22:13:20Z"),
    HeaderDraft("raw", "bytes", "00 ff"), HeaderDraft("none", "null"),
    HeaderDraft("t", "table", "", (HeaderDraft("inner", "uint16", "{{seq}}"),)),
    HeaderDraft("l", "list", "", (HeaderDraft("", "string", "a"), HeaderDraft("", "double", "3"))),
]  # fmt: skip
TEMPLATE = Draft(
    "", "orders", {"content_type": "application/json", "message_id": "{{uuid #id}}", "priority": "{{seq}}"},
    HEADERS,
    '{"n": {{seq}}, "id": "{{uuid #id}}", "name": {{faker.name | json}}, "total": {{random 1.00 9.99}}}',
    body_kind=BodyKind.JSON, is_template=True, count="9", seed="7",
)  # fmt: skip
FILE_BYTES = 60_000_000
STALL_MAX_S = 0.25
"""What the window may stand still while 60 MB leave: a bound for a busy machine, not the aim."""


def received(port: int, queue: str, count: int) -> list[tuple[pika.BasicProperties, bytes]]:
    """Everything in a queue, taken by an ordinary client."""
    connection = pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", port))
    channel = connection.channel()
    found = []
    for _ in range(count):
        method, properties, body = channel.basic_get(queue, auto_ack=True)
        assert method is not None, f"only {len(found)} of {count}"
        found.append((properties, body))
    assert channel.basic_get(queue)[0] is None
    connection.close()
    return found


async def declare(person: Person, *queues: str) -> None:
    for queue in queues:
        await person.studio.actions.declare_queue("/", queue, is_durable=False)
        await person.until(lambda queue=queue: person.explorer(queue))


def test_what_the_preview_said_is_received(qapp: QApplication, data_dir: Path) -> None:
    """Nine messages of a template with every header type: bodies, ids and headers as they were shown."""

    async def story(person: Person) -> None:
        await declare(person, "orders")
        person.window.compose()
        composer = person.studio.composer
        composer.use(TEMPLATE)
        await person.until(lambda: person.window.publish.route.text() == "Will reach orders")
        said = [composer.preview_of(n).body for n in range(1, 10)]
        person.click(person.window.publish.send_button)
        await person.until(lambda: person.counts("orders") == (9, 0))
        messages = received(person.port, "orders", 9)
        assert [body.decode() for _, body in messages] == said
        for number, (properties, body) in enumerate(messages, 1):
            _check(properties, body, number)
        await person.until(lambda: composer.history.sent)
        assert composer.history.sent[0].became == "9 of 9 · 9 confirmed"

    at_the_window(qapp, data_dir, story)


def _check(properties: pika.BasicProperties, body: bytes, number: int) -> None:
    headers = properties.headers
    assert properties.priority == number
    assert properties.message_id in body.decode()
    assert (headers["text"], headers["flag"], headers["small"]) == ("é", True, -5)
    assert headers["long"] == 10_000_000_000 + number - 1
    assert (headers["whole"], str(headers["money"]), headers["raw"]) == (2, "12.50", b"\x00\xff")
    assert headers["when"].timestamp() == 1_700_000_000
    assert (headers["none"], headers["t"], headers["l"]) == (None, {"inner": number}, ["a", 3])


def test_a_thousand_at_a_rate_cancelled_half_way(qapp: QApplication, data_dir: Path) -> None:
    """By the button; what the window counted is what arrived, to the message; the rate was kept."""

    async def story(person: Person) -> None:
        await declare(person, "orders")
        composer = person.studio.composer
        composer.use(Draft("", "orders", body="{{seq}}", is_template=True, count="1000", rate="250"))
        publish = person.window.publish
        person.window.compose_to("/", "orders")
        await person.until(publish.send_button.isEnabled)
        began = time.monotonic()
        person.click(publish.send_button)
        await person.until(lambda: publish.under_way.running)
        sending = composer.running.now[0].sending
        await person.until(lambda: sending.done >= 500)
        took = time.monotonic() - began
        person.click(publish.under_way.running[0].cancel_button)
        await person.until(lambda: not composer.running.now)
        assert 500 <= sending.done < 1_000
        assert sending.counts.confirmed == sending.done
        assert took >= 499 / 250  # never faster than asked for
        messages = received(person.port, "orders", sending.done)
        assert [int(body) for _, body in messages] == list(range(1, sending.done + 1))
        assert f"{sending.done:,} of 1,000 · {sending.done:,} confirmed" in composer.history.sent[0].became
        await person.until(lambda: not person.studio.jobs.running_now)

    at_the_window(qapp, data_dir, story)


def test_counts_of_what_does_not_arrive(qapp: QApplication, data_dir: Path) -> None:
    """Keys in turn: one leads to a queue, one to a queue that is full and refuses, one nowhere."""

    async def story(person: Person) -> None:
        await declare(person, "room")
        client = person.studio.workspace.client
        arguments = {"x-max-length": 10, "x-overflow": "reject-publish"}
        await client.declare_queue("full", arguments=arguments)
        composer = person.studio.composer
        composer.use(Draft(keys="room full nowhere", body="x", count="300"))
        await composer.send()
        assert composer.history.sent[0].became == "300 of 300 · 110 confirmed · 100 unroutable · 90 refused"
        assert len(received(person.port, "room", 100)) == 100
        assert len(received(person.port, "full", 10)) == 10

    at_the_window(qapp, data_dir, story)


@pytest.mark.parametrize("is_gzip", [False, True])
def test_sixty_megabytes_from_a_file(
    qapp: QApplication, data_dir: Path, tmp_path: Path, is_gzip: bool
) -> None:
    """They arrive whole, and the window goes on meanwhile."""
    path = tmp_path / "large.bin"
    content = bytes(range(256)) * (FILE_BYTES // 256)
    path.write_bytes(content)

    async def story(person: Person) -> None:
        await declare(person, "large")
        stalls = Stalls()
        composer = person.studio.composer
        composer.edit(routing_key="large", is_gzip=is_gzip)
        person.window.publish.body_box.attach(str(path))
        await composer.send()
        print(f"60 MB, gzip {is_gzip}: the window stood still for {stalls.longest_s * 1000:.0f} ms at most")
        assert stalls.longest_s < STALL_MAX_S
        ((properties, body),) = received(person.port, "large", 1)
        assert (gzip.decompress(body) if is_gzip else body) == content
        assert properties.content_encoding == ("gzip" if is_gzip else None)

    at_the_window(qapp, data_dir, story)


class Stalls:
    """The longest time in which the window could not answer."""

    def __init__(self) -> None:
        self.longest_s, self._last_s = 0.0, time.perf_counter()
        self._timer = QTimer()
        self._timer.setInterval(2)
        self._timer.timeout.connect(self._on_tick)
        self._timer.start()

    def _on_tick(self) -> None:
        now_s = time.perf_counter()
        self.longest_s = max(self.longest_s, now_s - self._last_s)
        self._last_s = now_s


def test_edit_and_resend_is_the_same_to_the_byte(qapp: QApplication, data_dir: Path) -> None:
    """A client's message with all properties and odd headers, composed anew: no difference."""

    async def story(person: Person) -> None:
        await declare(person, "orders")
        sent = pika.BasicProperties(
            "text/plain", "", {"n": 5, "t": {"x": [1, "a", None]}, "b": True},
            2, 3, "c", "r", "60000", "m", 12, "t", None, "a", "",
        )  # fmt: skip
        connection = pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", person.port))
        body = b"{{seq}}\r\n\x00\xff"
        connection.channel().basic_publish("", "orders", body, sent)
        connection.close()
        await person.until(lambda: person.counts("orders") == (1, 0))
        page = await person.studio.workspace.client.page("orders")
        detail = await person.studio.workspace.client.message("orders", page.rows[0].message_id)
        person.window.publish.open_with(detail, detail.body, "/")
        await person.studio.composer.send()
        first, second = received(person.port, "orders", 2)
        assert first == second
        assert second[1] == body

    at_the_window(qapp, data_dir, story)


def test_the_route_counts_headers_and_alternate_exchanges(qapp: QApplication, data_dir: Path) -> None:
    """Shown before it is sent, as it will be: by headers, by the alternate, or nowhere, in red."""

    async def story(person: Person) -> None:
        await declare(person, "eu", "rest")
        client = person.studio.workspace.client
        await client.declare_exchange("rest.ex", "fanout")
        await client.declare_exchange("by-header", "headers", arguments={"alternate-exchange": "rest.ex"})
        await client.bind("rest.ex", "rest")
        await client.bind("by-header", "eu", arguments={"region": "eu", "x-match": "all"})
        composer, publish = person.studio.composer, person.window.publish
        person.window.compose()
        for region, reaches in (("eu", "eu"), ("us", "rest")):
            headers = [HeaderDraft("region", "string", region)]
            composer.edit(exchange="by-header", routing_key="", headers=headers)
            await person.until(lambda reaches=reaches: publish.route.text() == f"Will reach {reaches}")
            assert publish.route.property("role") == "good"
            await composer.send()
            assert len(received(person.port, reaches, 1)) == 1
        composer.edit(exchange="", routing_key="nowhere")
        await person.until(lambda: "no queue" in publish.route.text())
        assert publish.route.property("role") == "bad"

    at_the_window(qapp, data_dir, story)


def test_draft_history_and_library_survive_a_restart(qapp: QApplication, data_dir: Path) -> None:
    """All three are there in the next window."""

    async def before(person: Person) -> None:
        await declare(person, "orders")
        composer = person.studio.composer
        composer.edit(routing_key="orders", body="sent")
        await composer.send()
        assert composer.library.save("mine", composer.draft) == ""
        composer.edit(body="not sent yet", headers=[HeaderDraft("h", "int8", "1")])

    async def after(person: Person) -> None:
        publish = person.window.publish
        assert publish.body.toPlainText() == "not sent yet"
        assert publish.header_lines[0].value.text() == "1"
        composer = person.studio.composer
        assert [sent.draft.body for sent in composer.history.sent] == ["sent"]
        assert [saved.name for saved in composer.library.saved] == ["mine"]

    at_the_window(qapp, data_dir, before)
    at_the_window(qapp, data_dir, after)
