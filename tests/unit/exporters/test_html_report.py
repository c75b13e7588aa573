"""The report is whole in itself: nothing is fetched, nothing of a message is markup, stopped early or not."""

from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from mqstudio.exporters import html_report
from mqstudio.exporters.base import Options, Record
from mqstudio.model.message import Header, Properties
from mqstudio.model.rows import LifeStep, MessageState
from tests.unit.exporters.test_shape import a_record

VOID = {"meta", "input", "col", "rect"}


class Reader(HTMLParser):
    """The elements of a page, its texts, and whether all that was opened is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in {"meta", "input", "col"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def page(*records: Record, options: Options | None = None) -> Reader:
    file = html_report.EXPORTER.write(options or Options())
    reader = Reader()
    reader.feed(b"".join([file.begin(), *map(file.record, records), file.end()]).decode())
    reader.close()
    assert reader.open == []
    return reader


EMPTY = page()


def test_a_message_is_a_row_with_its_life() -> None:
    told = Properties(app_id="shop", headers=[Header("tenant", "string", "acme")])
    life = (
        LifeStep(1, "enqueued", "orders", ""),
        LifeStep(5, "delivered", "orders", "to app · tag"),
        LifeStep(9, "settled", "orders", "rejected"),
    )
    record = replace(a_record(b'{"total": 12}', told), life=life)
    found = page(record)
    assert found.tags.count("tr") == 2
    assert found.tags.count("rect") == 2
    for text in ('{"total": 12}', "app_id: shop", '"tenant": "acme"', "with app · tag: rejected", "eu.new"):
        assert text in found.text


hostile = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        [
            "</script><script>alert(1)</script>",
            '"><img src=x onerror=alert(1)>',
            "<!--",
            "\u202egnp.exe",
            "]]>",
            "\0",
        ]
    ),
)


@settings(deadline=None)
@given(hostile, hostile, hostile, hostile)
def test_nothing_of_a_message_is_markup(name: str, key: str, body: str, value: str) -> None:
    record = a_record(body.encode(), Properties(headers=[Header(name, "string", value)]))
    record = replace(record, row=replace(record.row, queue=name, routing_key=key, ended_because=value))
    one = page(replace(a_record(b"x", Properties(app_id="x"))))
    found = page(record)
    assert set(found.tags) <= set(one.tags) | {"rect"}
    assert found.tags.count("script") == EMPTY.tags.count("script") == 1
    assert not [name for name, _ in found.attributes if name.startswith("on")]
    assert "\u202e" not in found.text


def test_nothing_is_fetched() -> None:
    found = page(a_record())
    assert not {"src", "href", "srcset", "action", "style"} & {name for name, _ in found.attributes}
    (policy,) = [
        value for name, value in found.attributes if name == "content" and "default-src" in str(value)
    ]
    assert "default-src 'none'" in str(policy)
    assert not {"link", "img", "iframe", "base", "form"} & set(found.tags)


def test_it_is_as_large_as_a_browser_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(html_report, "REPORT_MESSAGES", 2)
    found = page(*[a_record()] * 5)
    assert found.tags.count("tr") == 3
    assert "3 more messages are not shown" in found.text
    assert "5 messages, written by" in found.text


def test_what_is_left_out_is_not_there() -> None:
    record = replace(a_record(b"secret", Properties(app_id="shop")), life=())
    record = replace(record, row=replace(record.row, state=MessageState.READY))
    found = page(record, options=Options(has_body=False, has_properties=False, has_life=False))
    assert "secret" not in found.text
    assert "shop" not in found.text
    assert "6 bytes" in found.text
