"""Requests and responses of protocols over HTTP."""

import pytest

from mqstudio.protocols.http import BadRequestError, HttpRequest, Response, problem


def request(body: bytes = b"", path: str = "/api/a%2Fb/", **query: str) -> HttpRequest:
    return HttpRequest("GET", path, query, body, "", ())


def test_segments_are_decoded_one_by_one() -> None:
    """A slash within a name is no separator."""
    assert request().segments() == ("api", "a/b")
    assert request(path="/").segments() == ("",)


@pytest.mark.parametrize(("body", "content"), [(b"", {}), (b"  ", {}), (b'{"a": 1}', {"a": 1})])
def test_a_body_is_an_object(body: bytes, content: object) -> None:
    assert request(body).object() == content


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b"5",
        b'"x"',
        b"null",
        b"\xff",
        b'{"a": "\xff"}',
        b'"\\ud800"',
        b"[" * 1_000_000,
        b"1e999999999",
    ],
)
def test_a_body_that_is_none(body: bytes) -> None:
    """However deep, long or odd."""
    with pytest.raises(BadRequestError) as error:
        request(body).object()
    assert (error.value.status, error.value.error) == (400, "bad_request")
    assert str(error.value.reason).startswith("not_json")


def test_flags() -> None:
    assert request(**{"if-unused": "true"}).flag("if-unused")
    assert not request(**{"if-unused": "1"}).flag("if-unused")
    assert not request().flag("if-unused")


def test_bodies_of_responses() -> None:
    """JSON, text, or nothing."""
    assert Response(content={"a": [1]}).body() == b'{"a":[1]}'
    assert Response(content="text").body() == b"text"
    assert Response(204).body() == b""
    assert problem(404, "e", ["r"]).body() == b'{"error":"e","reason":["r"]}'
