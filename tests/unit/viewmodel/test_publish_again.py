"""The composer: a message's double, what was sent before, drafts over restarts, templates, sending later."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mqstudio.model.errors import Refusal, RefusedError
from mqstudio.model.limits import COMPOSED_BYTES
from mqstudio.model.message import Header, Properties
from mqstudio.model.rows import MessageDetail, RoutePreview
from mqstudio.viewmodel.notices import Notices
from mqstudio.viewmodel.publish import Composer
from mqstudio.viewmodel.publish_draft import BodyKind, Draft, HeaderDraft
from mqstudio.viewmodel.workspace import Workspace
from tests.support.list_broker import Clock, ListBroker, run_now


@pytest.fixture
def composer(workspace: Workspace, notices: Notices) -> Composer:
    seeds = iter(range(100, 200))
    return Composer(workspace, notices, draw_seed=lambda: next(seeds))


def detail_of(body: bytes, properties: Properties) -> MessageDetail:
    broker = ListBroker(Clock())
    message_id = broker.add_message("orders", body, exchange="shop", routing_key="order.new")
    broker.properties[message_id] = properties
    detail: MessageDetail = run_now(broker.message("orders", message_id))
    return detail


def doubled(body: bytes, properties: Properties) -> tuple[str, str, bytes, Properties]:
    """What is sent after a message was taken into the composer, untouched."""
    broker = ListBroker(Clock())
    workspace = Workspace(broker.clock)
    broker.feed(workspace)
    composer = Composer(workspace, Notices(broker.clock))
    composer.fill_from(detail_of(body, properties), body, "/")
    assert composer.problems() == []
    making = composer.making
    parcel = making.parcel(making.turn(1, 0, 0))
    return parcel.exchange, parcel.routing_key, parcel.body, parcel.properties


SHORT = st.none() | st.text(st.characters(codec="utf-8"), max_size=20)
HEADERS = st.lists(
    st.builds(Header, SHORT.filter(bool), st.just("string"), st.text(max_size=9).filter(str.isprintable)),
    max_size=2,
)
SAID = st.builds(
    Properties,
    content_type=SHORT, content_encoding=SHORT, delivery_mode=st.none() | st.integers(0, 255),
    priority=st.none() | st.integers(0, 255), correlation_id=SHORT, reply_to=SHORT,
    expiration=st.none() | st.integers(0, 10**9).map(str), message_id=SHORT,
    timestamp_s=st.none() | st.integers(0, 2**64 - 1), type=SHORT, user_id=SHORT, app_id=SHORT,
    cluster_id=SHORT, headers=st.none() | HEADERS,
)  # fmt: skip


@given(st.binary(max_size=60) | st.text(st.characters(codec="utf-8")).map(str.encode), SAID)
def test_a_double_is_the_same_to_the_byte(body: bytes, said: Properties) -> None:
    """Body, properties, headers, exchange and key; braces are no holes; empty is not unset."""
    assert doubled(body, said) == ("shop", "order.new", body, said)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"plain", BodyKind.TEXT), (b"a\r\nb", BodyKind.HEX), (b"\xff", BodyKind.HEX),
        ("\u2029".encode(), BodyKind.HEX), (b"\xff" * 100_000, BodyKind.KEPT),
        (b"x" * (COMPOSED_BYTES + 1), BodyKind.KEPT),
    ],
)  # fmt: skip
def test_how_a_body_is_shown(composer: Composer, broker: ListBroker, body: bytes, kind: BodyKind) -> None:
    """As text if that changes nothing, as hex if it is short, and else as it is; all are sent."""
    composer.fill_from(detail_of(body, Properties()), body)
    assert composer.draft.body_kind is kind
    making = composer.making
    assert making.parcel(making.turn(1, 0, 0)).body == body


def test_an_empty_property_that_is_typed_into_counts_as_typed(composer: Composer) -> None:
    composer.fill_from(detail_of(b"", Properties(type="", headers=[])), b"")
    composer.edit(properties={"type": "new"}, headers=[HeaderDraft("a")])
    assert composer.draft.empties == ()


def test_arrows_go_through_what_was_sent(composer: Composer, broker: ListBroker) -> None:
    """Back to the first, forth to the draft that was not sent yet."""
    broker.add_queue("q")
    for body in ("one", "two"):
        composer.edit(routing_key="q", body=body)
        run_now(composer.send())
    composer.edit(body="three")
    seen = []
    for by in (1, 1, 1, -1, -1, -1):
        composer.recall(by)
        seen.append(composer.draft.body)
    assert seen == ["two", "one", "one", "two", "three", "three"]


def test_the_draft_survives_a_restart(workspace: Workspace, notices: Notices, tmp_path: Path) -> None:
    draft = Draft(
        "x", "k", {"type": "t"}, [HeaderDraft("h", "int8", "1")], "{{seq}}", is_template=True, count="5"
    )
    for _ in range(2):
        composer = Composer(workspace, notices)
        composer.open(tmp_path)
        composer.use(draft)
        composer.keep_draft()
    again = Composer(workspace, notices)
    again.open(tmp_path)
    assert again.draft == draft
    (tmp_path / "draft.json").write_bytes(b"{broken")
    fresh = Composer(workspace, notices)
    fresh.open(tmp_path)
    assert fresh.draft == Draft()


def test_the_preview_is_what_is_sent(composer: Composer, broker: ListBroker) -> None:
    """Also with a seed that was drawn; the next sending has another one."""
    broker.add_queue("q")
    composer.edit(routing_key="q", body="{{uuid}} {{faker.name}} {{now}}", is_template=True)
    sent = []
    for _ in range(2):
        preview = composer.preview_of(1)
        assert preview is not None
        run_now(composer.send())
        assert broker.published[-1][2].decode() == preview.body
        sent.append(preview.body)
    assert sent[0] != sent[1]


def test_with_a_seed_it_is_the_same_each_time(composer: Composer, broker: ListBroker) -> None:
    composer.edit(routing_key="q", body="{{uuid}}", is_template=True, seed="7")
    for _ in range(2):
        run_now(composer.send())
    assert len({body for _, _, body, _ in broker.published}) == 1


def test_previews_are_of_messages_that_will_be(composer: Composer) -> None:
    """Not beyond the last, and of none while something is wrong."""
    composer.edit(body="{{seq}}", is_template=True, count="3", keys="a b")
    assert [(p.key, p.body) for n in (1, 2, 3) if (p := composer.preview_of(n))] == [
        ("a", "1"),
        ("b", "2"),
        ("a", "3"),
    ]
    assert composer.preview_of(4) is None
    composer.edit(body="{{sek}}")
    assert composer.preview_of(1) is None


def test_the_route_of_all_keys_is_asked_for(composer: Composer, broker: ListBroker) -> None:
    """It is red if one of them leads nowhere, and says which."""
    asked = []

    async def route(exchange: str, key: str, **_: object) -> RoutePreview:
        asked.append(key)
        return RoutePreview([] if key == "us" else [f"{key}-orders"], "")

    broker.preview_route = route
    composer.edit(exchange="shop", keys="eu us asia", count="9")
    run_now(composer.preview())
    assert asked == ["eu", "us", "asia"]
    assert not composer.is_route_good
    assert composer.route == "Will reach eu-orders, asia-orders; but nothing with the key “us”."


def test_the_route_counts_headers_as_they_will_be(composer: Composer, broker: ListBroker) -> None:
    """Of a template too: a headers exchange goes by them."""
    asked: list[list[Header]] = []

    async def route(exchange: str, key: str, *, headers: list[Header], **_: object) -> RoutePreview:
        asked.append(headers)
        return RoutePreview(["q"], "")

    broker.preview_route = route
    composer.edit(exchange="h", is_template=True, headers=[HeaderDraft("n", "int32", "{{seq 5}}")])
    run_now(composer.preview())
    assert asked == [[Header("n", "int32", 5)]]


def test_sent_at_its_time(composer: Composer, broker: ListBroker, clock: Clock, notices: Notices) -> None:
    """As it was when it was planned; it says that it ends with the window."""
    broker.add_queue("q")
    composer.edit(routing_key="q", body="later")
    assert composer.plan("10 m") == ""
    assert "It ends with the window." in notices.shown[-1].text
    composer.edit(body="changed since")
    clock.advance(599)
    assert composer.schedule.take_due() == []
    clock.advance(1)
    for planned in composer.schedule.take_due():
        run_now(composer.send_planned(planned))
    assert [body for _, _, body, _ in broker.published] == [b"later"]


def test_what_cannot_be_planned_says_why(composer: Composer, clock: Clock) -> None:
    assert "such as 10 m" in composer.plan("soon")
    composer.edit(properties={"priority": "x"})
    assert "Priority" in composer.plan("10 m")
    composer.fill_from(detail_of(b"", Properties()), b"\xff" * 100_000)
    assert "Save them to a file" in composer.plan("10 m")


def test_a_plan_can_be_given_up_from_its_notice(composer: Composer, notices: Notices) -> None:
    composer.edit(routing_key="q")
    composer.plan("10 m")
    action = notices.shown[-1].action
    assert action is not None
    run_now(action())
    assert composer.schedule.planned == []


async def test_files_are_sent_as_they_are(composer: Composer, broker: ListBroker, tmp_path: Path) -> None:
    """Read when they are sent; one that has gone, or is a folder, is told, and nothing is sent."""
    path = tmp_path / "body.bin"
    path.write_bytes(b"\x00{{seq}}")
    composer.attach(path)
    composer.edit(routing_key="q", is_template=True)
    assert composer.file_says() == "body.bin · 8 B"
    assert await composer.send()
    assert broker.published[-1][2] == b"\x00{{seq}}"
    path.unlink()
    assert "No such file" in composer.file_says()
    assert not await composer.send()
    composer.attach(tmp_path)
    assert not await composer.send()
    assert len(broker.published) == 1


async def test_many_are_one_entry_of_what_was_sent(composer: Composer, broker: ListBroker) -> None:
    """With its counts."""
    broker.add_queue("a")
    composer.edit(keys="a nowhere", body="{{seq}} {{key}}", is_template=True, count="10")
    await composer.send()
    assert [body for _, _, body, _ in broker.published][:3] == [b"1 a", b"2 nowhere", b"3 a"]
    (sent,) = composer.history.sent
    assert sent.became == "10 of 10 · 5 confirmed · 5 unroutable"


def test_what_the_broker_refuses_is_no_history(composer: Composer, broker: ListBroker) -> None:
    """It was not sent."""

    async def refuse(*_: object, **__: object) -> object:
        raise RefusedError(Refusal.NO_SUCH_EXCHANGE, "There is no exchange 'x'.")

    broker.send = refuse
    composer.edit(exchange="x")
    with pytest.raises(RefusedError):
        run_now(composer.send())
    assert composer.history.sent == []


def test_json_says_so_in_the_content_type(composer: Composer) -> None:
    """If nothing is said there."""
    composer.choose_kind(BodyKind.JSON)
    assert composer.draft.properties["content_type"] == "application/json"
    composer.edit(properties={"content_type": "application/vnd.x+json"})
    composer.choose_kind(BodyKind.JSON)
    assert composer.draft.properties["content_type"] == "application/vnd.x+json"
