"""Chains are guessed from what is said of the body and what it is, and can be chosen."""

import base64
import gzip
import json
import zlib

import cbor2
import msgpack
import pytest
from backports import zstd
from hypothesis import given
from hypothesis import strategies as st

from mqstudio.model.limits import CHAIN_STEPS_MAX
from mqstudio.viewers.base import Hints, UnreadableError
from mqstudio.viewers.chain import hints_of
from tests.support.bodies import png, reader

CHAINS = reader()
LIMIT = 64 * 1024
DOCUMENT = json.dumps({"id": 1, "name": "Ada é", "lines": [1, 2.5, None, True]}).encode()
TEXT = "Grüße aus München, schön ist es hier"


def guess(body: bytes, hints: Hints = Hints(), limit: int = LIMIT) -> str:  # noqa: B008 - frozen
    return CHAINS.words(CHAINS.guess(body, hints, limit, is_whole=True).chain)


@pytest.mark.parametrize(
    ("body", "chain"),
    [
        (DOCUMENT, "utf-8 → JSON"),
        (b"hello", "utf-8 → Text"),
        (b"", "utf-8 → Text"),
        (b"\0\xff", "Hex"),
        (gzip.compress(DOCUMENT, mtime=0), "gzip → JSON"),
        (gzip.compress(b"two ", mtime=0) + gzip.compress(b"members", mtime=0), "gzip → Text"),
        (zlib.compress(DOCUMENT), "zlib → JSON"),
        (zstd.compress(DOCUMENT), "zstd → JSON"),
        (base64.b64encode(gzip.compress(DOCUMENT, mtime=0)), "base64 → gzip → JSON"),
        (base64.urlsafe_b64encode(DOCUMENT).rstrip(b"="), "base64 → JSON"),
        (base64.encodebytes(b"some text that is long enough for lines, " * 4), "base64 → Text"),
        (json.dumps(DOCUMENT.decode()).encode(), "JSON string → JSON"),
        (json.dumps(base64.b64encode(DOCUMENT).decode()).encode(), "JSON string → base64 → JSON"),
        (msgpack.packb({"id": 1, "b": b"\xff"}), "msgpack"),
        (cbor2.dumps({"id": 1, "b": b"\xff"}), "CBOR"),
        (b"\xd9\xd9\xf7" + cbor2.dumps(3), "CBOR"),
        (b"<?xml version='1.0'?><a/>", "utf-8 → XML"),
        (TEXT.encode("utf-16"), "utf-16 → Text"),
        (DOCUMENT.decode().encode("utf-16-le"), "utf-16-le → JSON"),
        (TEXT.encode("utf-16-be"), "utf-16-be → Text"),
        (TEXT.encode("utf-32"), "utf-32 → Text"),
        (TEXT.encode("latin-1"), "latin-1 → Text"),
        (b"\xef\xbb\xbf" + DOCUMENT, "utf-8 → JSON"),
        (png(3, 2), "Image"),
        (base64.b64encode(png(3, 2)), "base64 → Image"),
    ],
)
def test_guessed_from_the_bytes(body: bytes, chain: str) -> None:
    """By magic bytes, and by what makes sense when it is unwrapped."""
    assert guess(body) == chain


@pytest.mark.parametrize(
    "body",
    [b"passwordpassword", b"deadbeef" * 4, b"123e4567-e89b-12d3-a456-426614174000", b"AAAAAAAAAAAAAAAA",
     b"x^y", b'"hi"',
     b"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N"],
)  # fmt: skip
def test_words_are_no_wrappings(body: bytes) -> None:
    """What happens to look wrapped but has nothing in it that makes sense is text."""
    assert guess(body) == "utf-8 → Text"


@pytest.mark.parametrize(
    ("body", "content_type", "content_encoding", "chain"),
    [
        (zlib.compress(DOCUMENT)[2:-4], "application/json", "deflate", "deflate → JSON"),
        (TEXT.encode("cp1252"), "text/plain; charset=windows-1252", "", "windows-1252 → Text"),
        (
            "注文を受け付けました".encode("shift_jis"),
            'text/plain; charset="Shift_JIS"',
            "",
            "shift-jis → Text",
        ),
        (b"42", "application/json", "", "utf-8 → JSON"),
        (msgpack.packb(5), "application/x-msgpack", "binary", "msgpack"),
        (cbor2.dumps(5), "application/cbor", "", "CBOR"),
        (b"<a>1</a>", "application/soap+xml", "", "utf-8 → XML"),
        (base64.b64encode(b"short"), "", "base64", "base64 → Text"),
        (DOCUMENT, "application/json", "utf-8", "utf-8 → JSON"),
        (DOCUMENT, "image/png", "gzip", "utf-8 → JSON"),
        (DOCUMENT, "text/plain; charset=idna", "rot13", "utf-8 → JSON"),
    ],
)
def test_guessed_from_what_is_said(body: bytes, content_type: str, content_encoding: str, chain: str) -> None:
    """What the properties say counts, as far as it is true."""
    assert guess(body, hints_of(content_type, content_encoding)) == chain


def test_no_deeper_than_the_cap() -> None:
    """What is wrapped more often is shown as it is at the last step."""
    body = DOCUMENT
    for _ in range(CHAIN_STEPS_MAX + 2):
        body = gzip.compress(body)
    chain = CHAINS.guess(body, Hints(), LIMIT, is_whole=True).chain
    assert chain == ("gzip",) * CHAIN_STEPS_MAX + ("Hex",)


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress, zstd.compress], ids=["gzip", "zlib", "zstd"])
def test_a_bomb_costs_no_more_than_it_shows(pack) -> None:  # type: ignore[no-untyped-def]  # of bytes
    """20 MB in a few KB: unwrapped as far as the limit, and said to be not all."""
    shown = CHAINS.guess(pack(b"[" + b"1," * 10_000_000), Hints(), 1000, is_whole=True)
    assert shown.chain[1:] == ("JSON",)
    assert (len(shown.data), shown.is_whole) == (1000, False)


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress, zstd.compress], ids=["gzip", "zlib", "zstd"])
def test_a_head_or_a_damaged_body_is_unwrapped_as_far_as_it_goes(pack) -> None:  # type: ignore[no-untyped-def]
    """What can be had of it is worth seeing."""
    lines = b"".join(b'{"n": %d}\n' % number for number in range(50_000))
    body = pack(lines)
    head = CHAINS.guess(body[: len(body) // 2], Hints(), 1000, is_whole=False)
    assert (head.data, head.is_whole) == (lines[:1000], False)
    with pytest.raises(UnreadableError, match="it is not"):
        CHAINS.read((head.chain[0], "Text"), b"no such thing", LIMIT, is_whole=True)


def test_chosen_steps_are_taken() -> None:
    """One after the other, in their order; and a step that does not fit says which it is."""
    body = base64.b64encode(gzip.compress(DOCUMENT))
    shown = CHAINS.read(("base64", "Hex"), body, LIMIT, is_whole=True)
    assert shown.view.text.startswith("000000  1f 8b 08")
    with pytest.raises(UnreadableError, match=r"^gzip: it is not gzip$"):
        CHAINS.read(("gzip", "JSON"), body, LIMIT, is_whole=True)
    with pytest.raises(UnreadableError, match=r"^JSON: line 1, character 1 is not as JSON has it$"):
        CHAINS.read(("JSON",), b"hello", LIMIT, is_whole=True)


@pytest.mark.parametrize("chain", [(), ("nothing",), ("nothing", "JSON")])
def test_steps_that_no_longer_exist_are_said(chain: tuple[str, ...]) -> None:
    """A plug-in may be gone; what was chosen with it is remembered still."""
    with pytest.raises(UnreadableError, match="there is no such"):
        CHAINS.read(chain, DOCUMENT, LIMIT, is_whole=True)


@given(st.text(max_size=40), st.text(max_size=20))
def test_hints_can_be_anything(content_type: str, content_encoding: str) -> None:
    """Foreign words in properties never break a guess."""
    assert guess(DOCUMENT, hints_of(content_type, content_encoding))


@given(st.binary(max_size=300))
def test_something_is_always_shown(body: bytes) -> None:
    """Whatever the bytes are, a viewer shows them."""
    shown = CHAINS.guess(body, Hints(), LIMIT, is_whole=True)
    assert shown.chain
    assert CHAINS.read(shown.chain, body, LIMIT, is_whole=True).view == shown.view
