"""Viewers show hostile bodies within bounds, and never fail but in their own way."""

import json
import re
import time
from typing import Any

import cbor2
import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mqstudio.registry import discover
from mqstudio.viewers.base import Hints, TreeNode, UnreadableError, Viewer
from mqstudio.viewers.cbor import VIEWER as CBOR
from mqstudio.viewers.hex import SHOWN_BYTES
from mqstudio.viewers.hex import VIEWER as HEX
from mqstudio.viewers.json import VIEWER as JSON
from mqstudio.viewers.msgpack import VIEWER as MSGPACK
from mqstudio.viewers.outline import DEPTH_MAX, VALUES_MAX
from mqstudio.viewers.text import LINE_MAX
from mqstudio.viewers.text import VIEWER as TEXT
from mqstudio.viewers.xml import VIEWER as XML
from tests.support.bodies import VIEWERS, WORST, bmp_head, gif_head, jpeg_head, png_head, reader, webp_head

LIMIT = 256 * 1024
BUDGET_S = 0.05
"""No viewer takes longer for 256 KiB; best of a few runs, for other programs run, too."""

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)
documents = json_values.filter(lambda value: isinstance(value, list | dict))
LETTERS = st.characters(exclude_characters="'", exclude_categories=["Cs"])
packed_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.text(LETTERS) | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(LETTERS), inner),
    max_leaves=20,
)
starts = st.sampled_from(
    [b"", b"{", b"[", b'"', b"<a", b"<?xml", b"\x81\xa1", b"\x9f", b"\xbf\x61a", b"\x1f\x8b\x08", b"\x78\x9c",
     b"\x28\xb5\x2f\xfd", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"GIF89a", b"RIFF    WEBPVP8X", b"BM",
     b"\xff\xfe"]
)  # fmt: skip
hostile = st.builds(lambda start, rest: start + rest, starts, st.binary(max_size=400))


def test_discovered_by_name() -> None:
    """One file each, found without a list."""
    viewers, unwrappers = discover("mqstudio.viewers", "VIEWER"), discover("mqstudio.viewers", "UNWRAPPERS")
    assert set(viewers.found) >= {"hex", "json", "text", "xml", "msgpack", "cbor", "image"}
    assert set(unwrappers.found) >= {"base64", "charsets", "compression", "quoted"}
    assert (viewers.failed, unwrappers.failed) == ({}, {})


@pytest.mark.parametrize("viewer", VIEWERS, ids=lambda viewer: viewer.title)
@given(hostile, st.booleans())
def test_no_bytes_break_a_viewer(viewer: Viewer, body: bytes, is_whole: bool) -> None:
    """Any bytes are shown, or refused with a reason; and looking at them for a guess never fails."""
    assert viewer.suits(body, Hints(), is_whole=is_whole) in (True, False)
    try:
        view = viewer.view(body, is_whole=is_whole)
    except UnreadableError as error:
        assert str(error)
    else:
        assert isinstance(view.text, str)


@pytest.mark.parametrize("unwrapper", reader().unwrappers, ids=lambda unwrapper: unwrapper.title)
@given(hostile, st.booleans())
def test_no_bytes_break_an_unwrapper(unwrapper: Any, body: bytes, is_whole: bool) -> None:
    """Any bytes are unwrapped as far as the limit, or refused with a reason."""
    assert unwrapper.suits(body, Hints(), is_whole=is_whole) in (True, False)
    try:
        inside = unwrapper.unwrap(body, 100, is_whole=is_whole)
    except UnreadableError as error:
        assert str(error)
    else:
        assert len(inside.data) <= 100


@pytest.mark.parametrize("name", WORST)
def test_the_worst_bodies_take_little_time(name: str) -> None:
    """Each is made against one of the readers; none of them holds up the window."""
    body = WORST[name]
    for viewer in VIEWERS:
        assert _best_s(lambda viewer=viewer: _view(viewer, body)) < BUDGET_S, viewer.title
    chains = reader()
    assert _best_s(lambda: chains.guess(body, Hints(), LIMIT, is_whole=True)) < 2 * BUDGET_S


# ---- hex and text


@given(st.binary())
def test_hex_shows_anything(body: bytes) -> None:
    """Every byte, eight a line."""
    lines = HEX.view(body, is_whole=True).text.split("\n") if body else []
    assert b"".join(bytes.fromhex(line[8:31]) for line in lines) == body


def test_hex_is_bounded() -> None:
    """A huge body shows its beginning, and says so."""
    view = HEX.view(b"x" * (SHOWN_BYTES + 1), is_whole=True)
    assert view.note == "the first 64 KiB"
    assert len(view.text.split("\n")) == SHOWN_BYTES // 8
    assert view.text.startswith("000000  78 78 78 78 78 78 78 78  xxxxxxxx\n000008")


@given(st.text().filter(lambda text: "\0" not in text), st.integers(0, 3))
def test_text_accepts_a_head_cut_inside_a_character(text: str, cut: int) -> None:
    """Only the missing end of a character may be missing."""
    body = text.encode()
    head = body[: max(0, len(body) - cut)]
    assert text.startswith(TEXT.view(head, is_whole=False).text)


@pytest.mark.parametrize("body", [b"a\0b", b"\xff\xfe"])
def test_text_refuses_binary(body: bytes) -> None:
    """NUL, or bytes that are no utf-8."""
    with pytest.raises(UnreadableError):
        TEXT.view(body, is_whole=True)


def test_text_breaks_only_lines_that_are_too_long() -> None:
    """And says so; nothing else of it changes."""
    view = TEXT.view(b"short\n" + b"x" * (2 * LINE_MAX), is_whole=True)
    assert view.text == f"short\n{'x' * LINE_MAX}\n{'x' * LINE_MAX}"
    assert view.note == "long lines in parts"
    assert TEXT.view(b"x" * LINE_MAX, is_whole=True).note == ""


# ---- JSON


@given(documents)
def test_json_text_means_the_same(value: object) -> None:
    """Laid-out text reads back as the very same value."""
    assert json.loads(JSON.view(json.dumps(value).encode(), is_whole=True).text) == value


@given(documents, st.data())
def test_a_head_of_json_is_shown_as_far_as_it_goes(value: object, data: st.DataObject) -> None:
    """Cut anywhere, what came before the cut is there, and closed."""
    body = json.dumps(value).encode()
    head = body[: data.draw(st.integers(1, len(body)))]
    json.loads(JSON.view(head, is_whole=False).text)


def test_json_keeps_numbers_and_repeated_names() -> None:
    """Numbers are shown as written, and no member hides another."""
    body = b'{"n": 10000000000000000000000000001, "f": 0.10, "e": 1e999, "n": 2}'
    tree = JSON.view(body, is_whole=True).tree
    assert tree is not None
    assert [(node.name, node.kind, node.text) for node in tree] == [
        ("n", "number", "10000000000000000000000000001"), ("f", "number", "0.10"), ("e", "number", "1e999"),
        ("n", "number", "2"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "body",
    [b"[" * (DEPTH_MAX + 1) + b"]" * (DEPTH_MAX + 1), b"[" * 1_000_000, b'{"a":' * 100_000, b"[1,", b"{}x",
     b"[\xff]", b"[1 2]", b"[,1]", b"[1,]", b'{"a"}', b'{"a":1,}', b"{1:2}", b'["a":1]', b"[}", b"{]",
     b"[01]", b'["\\x"]', b'["a\nb"]', b"[1]]", b"[+1]", b"[tru]"],
)  # fmt: skip
def test_json_leaves_the_rest_to_others(body: bytes) -> None:
    """Too deep or unsound: shown as text or hex instead, quickly."""
    with pytest.raises(UnreadableError):
        JSON.view(body, is_whole=True)


@given(st.text(alphabet='[]{}:,"\\ 01.eE-+tfnrulas\n', max_size=20))
def test_json_takes_what_the_standard_reader_takes(text: str) -> None:
    """Neither more nor less, whatever is put together from JSON's own characters."""
    try:
        json.loads(text)
        is_sound = True
    except ValueError:
        is_sound = False
    assert _is_readable(JSON, text.encode()) is is_sound


def test_json_allows_the_depth_limit_and_brackets_in_strings() -> None:
    """Brackets inside strings are no nesting."""
    assert _is_readable(JSON, b"[" * DEPTH_MAX + b"]" * DEPTH_MAX)
    assert _is_readable(JSON, json.dumps(["[" * 500 + '\\"' + "{" * 500]).encode())


def test_json_tree_is_bounded() -> None:
    """A body of a million values makes a bounded tree, and says what was left out."""
    view = JSON.view(b"[" + b"1," * (VALUES_MAX + 5) + b"1]", is_whole=True)
    assert view.tree is not None
    assert sum(1 for _ in _all(view.tree)) <= VALUES_MAX
    assert view.note == "the first 10,000 values"


# ---- XML


def test_xml_is_laid_out_but_never_read() -> None:
    """Tags that touch come apart; text stays where it is."""
    body = b"<?xml version='1.0'?><a><b>x</b><c><d/><e>y <i>z</i></e></c></a>"
    assert XML.view(body, is_whole=True).text.split("\n") == [
        "<?xml version='1.0'?>", "<a>", "  <b>x</b>", "  <c>", "    <d/>", "    <e>y <i>z</i></e>", "  </c>",
        "</a>",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "body",
    [b'<!DOCTYPE x [<!ENTITY a "&a;&a;">]><x>&a;</x>', b"<a><![CDATA[<b><c>]]></a>",
     b"<a><!-- <b><c> --></a>",
     b'<a xml:space="preserve"><b> </b><c/></a>'],
)  # fmt: skip
def test_xml_is_left_as_it_is_where_laying_out_could_mislead(body: bytes) -> None:
    """Document types and entities, CDATA, comments, and white space that counts."""
    assert XML.view(body, is_whole=True).text == body.decode()


# ---- msgpack and CBOR, against the libraries for them


@given(packed_values)
def test_msgpack_reads_what_the_library_writes(value: object) -> None:
    """The same values, for whatever it packs."""
    view = MSGPACK.view(msgpack.packb(value), is_whole=True)
    assert json.loads(_without_hex(view.text)) == _as_json(value)


@given(packed_values)
def test_cbor_reads_what_the_library_writes(value: object) -> None:
    """The same values, for whatever it encodes."""
    view = CBOR.view(cbor2.dumps(value), is_whole=True)
    assert json.loads(_without_hex(view.text)) == _as_json(value)


@given(st.binary(max_size=60))
def test_msgpack_takes_what_the_library_takes(body: bytes) -> None:
    """Whatever it unpacks is shown, and whatever is cut off or unsound is refused by both."""
    try:
        msgpack.unpackb(body, strict_map_key=False, raw=True, timestamp=0)
    except (ValueError, TypeError) as error:
        if isinstance(error, TypeError) or "timestamp" in str(error).lower() or "Unpack" not in str(error):
            return  # a key that Python cannot have, or a time it has no word for: ours to show
        assert not _is_readable(MSGPACK, body)
    else:
        assert _is_readable(MSGPACK, body)


def test_msgpack_and_cbor_show_what_json_has_not() -> None:
    """Bytes, times, extensions, tags, keys of any kind, strings in pieces, repeated keys."""
    packed = msgpack.packb({1: b"\x01\xff", "at": msgpack.Timestamp(0, 5), "x": msgpack.ExtType(7, b"z")})
    assert [(n.name, n.kind, n.text) for n in MSGPACK.view(packed, is_whole=True).tree or []] == [
        ("1", "bytes", "h'01ff'"), ("at", "ext", "1970-01-01T00:00:00.000000005Z"),
        ("x", "ext", "ext(7, h'7a')"),
    ]  # fmt: skip
    body = bytes.fromhex("a5 6161 01 6161 c1 02 8103 04 6170 7f6178 6179ff 6175 f97c00")
    tree = CBOR.view(body, is_whole=True).tree or []
    assert [(n.name, n.kind, n.text) for n in tree] == [
        ("a", "number", "1"), ("a", "tag", "1( 1 )"), ("key", "array", "[ 1 ]"), ("value", "number", "4"),
        ("p", "pieces", "_ ( 2 )"), ("u", "number", "Infinity"),
    ]  # fmt: skip


@pytest.mark.parametrize("viewer", [MSGPACK, CBOR], ids=["msgpack", "CBOR"])
def test_heads_and_rests_are_told_apart(viewer: Viewer) -> None:
    """Of a head what is there is shown; a whole body that is cut off, or goes on, is something else."""
    body = msgpack.packb(list(range(10))) if viewer is MSGPACK else cbor2.dumps(list(range(10)))
    assert len(viewer.view(body[:6], is_whole=False).tree or []) == 5
    assert not _is_readable(viewer, body[:6])
    assert not _is_readable(viewer, body + b"\0")


# ---- pictures


@pytest.mark.parametrize(
    ("head", "format_"),
    [(png_head, "PNG"), (gif_head, "GIF"), (bmp_head, "BMP"), (jpeg_head, "JPEG"), (webp_head, "WebP")],
)
def test_pictures_say_their_size(head: Any, format_: str) -> None:
    """Read from their own heads, without decoding a pixel."""
    picture = next(v for v in VIEWERS if v.title == "Image").view(head(640, 480), is_whole=True).picture
    assert picture is not None
    assert (picture.format, picture.width, picture.height) == (format_, 640, 480)


def test_pixel_bombs_are_not_drawn() -> None:
    """A small file that says it has 400 million pixels is described only."""
    view = next(v for v in VIEWERS if v.title == "Image").view(png_head(20_000, 20_000), is_whole=True)
    assert view.picture is None
    assert view.text.startswith("PNG, 20,000 × 20,000 pixels\n\nIt is not drawn")


def _view(viewer: Viewer, body: bytes) -> None:
    try:
        viewer.view(body, is_whole=True)
    except UnreadableError:
        return


def _is_readable(viewer: Viewer, body: bytes) -> bool:
    try:
        viewer.view(body, is_whole=True)
    except UnreadableError:
        return False
    return True


def _best_s(work: Any, times: int = 5) -> float:
    best = float("inf")
    for _ in range(times):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
        if best < BUDGET_S / 2:
            break
    return best


def _without_hex(text: str) -> str:
    return re.sub(r"h'[^']*'", '"bytes"', text)


def _as_json(value: object) -> object:
    if isinstance(value, bytes):
        return "bytes"
    if isinstance(value, list):
        return [_as_json(each) for each in value]
    return {k: _as_json(v) for k, v in value.items()} if isinstance(value, dict) else value


def _all(nodes: list[TreeNode]) -> list[TreeNode]:
    return [each for node in nodes for each in (node, *_all(node.children))]
