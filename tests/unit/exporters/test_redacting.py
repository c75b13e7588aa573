"""Secrets do not leave: found by name, path and expression; all else comes through to the byte."""

import gzip
import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from mqstudio.exporters.base import Record
from mqstudio.exporters.redacting import Redactor
from mqstudio.exporters.redaction import (
    DEFAULT,
    MASK,
    NONE,
    Expression,
    NotRedactionError,
    Redaction,
    check,
    read_profile,
    write_profile,
)
from mqstudio.model.message import Header, Moved, Original, Past, Properties
from tests.unit.exporters.test_shape import a_record, headers

SECRET = "hunter2-Zq9"


def body_of(body: bytes, profile: Redaction = DEFAULT) -> bytes:
    return Redactor(profile).record(a_record(body)).body


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"user": "bo",  "password" : "hunter2-Zq9" }', b'{"user": "bo",  "password" : "[redacted]" }'),
        (b'{"a": [{"apiKey": 12345}], "n": 1.50}', b'{"a": [{"apiKey": "[redacted]"}], "n": 1.50}'),
        (b'{"token": {"v": [1, {"x": 2}]}, "z": 0}', b'{"token": "[redacted]", "z": 0}'),
        (b'{"password": null, "token": "", "pwd": true}', b'{"password": null, "token": "", "pwd": true}'),
        (b'{"p\\u0061ssword": "x"}', b'{"p\\u0061ssword": "[redacted]"}'),
        (b'{"card": "4111 1111 1111 1111"}', b'{"card": "[redacted]"}'),
        (b'{"card": 4111111111111111}', b'{"card": "[redacted]"}'),
        (b'{"order": "4111 1111 1111 1112"}', b'{"order": "4111 1111 1111 1112"}'),
        (b'{"note": "say \\"Bearer abcdefgh12\\" now"}', b'{"note":"say'),
        (b"user=bo&password=hunter2-Zq9&x=1", b"user=bo&password=[redacted]&x=1"),
        (b"<a><password>hunter2-Zq9</password></a>", b"<a><password>[redacted]</password></a>"),
        (b"amqp://bo:hunter2-Zq9@host/", b"amqp://bo:[redacted]@host/"),
        (b'{"broken": "json", "password": "hunter2-Zq9"', b'{"broken": "json", "password": "[redacted]"'),
        (b"\xff\xfe\x00Authorization: Basic aGVsbG86d29ybGQ=\xff", b"\xff\xfe\x00Authorization: [redacted]"),
    ],
)  # fmt: skip
def test_bodies(body: bytes, expected: bytes) -> None:
    found = body_of(body)
    if expected.startswith(b'{"note"'):
        assert json.loads(found) == {"note": f'say "Bearer {MASK}" now'}
    else:
        assert found.startswith(expected)


def test_zipped_bodies_are_unzipped_and_zipped_again() -> None:
    zipped = gzip.compress(b'{"password": "hunter2-Zq9", "a": 1}')
    assert gzip.decompress(body_of(zipped)) == b'{"password": "[redacted]", "a": 1}'
    innocent = gzip.compress(b'{"a": 1}')
    assert body_of(innocent) == innocent
    assert body_of(gzip.compress(bytes(17 * 1024 * 1024))) == MASK.encode()
    assert body_of(gzip.compress(zipped)) == MASK.encode()
    assert body_of(b"\x1f\x8bnot zipped") == b"\x1f\x8bnot zipped"


def test_headers_and_properties() -> None:
    told = Properties(
        reply_to="amqp://bo:hunter2-Zq9@host/",
        headers=[
            Header("Authorization", "string", SECRET),
            Header("tenant", "string", "acme"),
            Header("x", "table", [Header("api_key", "bytes", b"k"), Header("n", "int32", 1)]),
            Header("l", "list", [Header("", "string", "Bearer abcdefgh12")]),
        ],
    )
    redactor = Redactor(DEFAULT)
    found = redactor.record(a_record(properties=told)).properties
    assert found.reply_to == "amqp://bo:[redacted]@host/"
    assert found.headers == [
        Header("Authorization", "string", MASK),
        Header("tenant", "string", "acme"),
        Header("x", "table", [Header("api_key", "string", MASK), Header("n", "int32", 1)]),
        Header("l", "list", [Header("", "string", f"Bearer {MASK}")]),
    ]
    assert redactor.hits.messages == 1
    assert redactor.hits.counts == {
        "password in a URL": 1, "Authorization": 1, "api_key": 1, "bearer token": 1,
    }  # fmt: skip


def test_examples_do_not_tell_the_secret() -> None:
    redactor = Redactor(DEFAULT)
    redactor.record(a_record(b'{"user": {"password": "hunter2-Zq9"}}'))
    (hit,) = redactor.hits.examples
    assert (hit.rule, hit.where) == ("password", "body $.user.password")
    assert "unter" not in hit.sample
    assert "11 characters" in hit.sample


def test_paths_lead_to_what_must_go() -> None:
    profile = Redaction("mine", paths=("$.user.name", "$.lines[*].price", '$["a b"][1]'))
    body = b'{"user": {"name": "Ada", "id": 1}, "lines": [{"price": 5}, {"price": 6}], "a b": [1, [2], 3]}'
    assert json.loads(body_of(body, profile)) == {
        "user": {"name": MASK, "id": 1}, "lines": [{"price": MASK}, {"price": MASK}], "a b": [1, MASK, 3],
    }  # fmt: skip


def test_expressions_of_ones_own_are_looked_for_everywhere() -> None:
    profile = Redaction("mine", expressions=(Expression("customer", r"C-\d+"),))
    assert body_of(b'{"who": "C-17", "text": "of C-18 too"}', profile) == (
        b'{"who": "[redacted]", "text": "of [redacted] too"}'
    )


def test_what_a_message_said_before_it_was_changed_does_not_leave() -> None:
    moved = Moved("move", "q", ("r",), "", "q", 1, original=Original(SECRET.encode(), b"", "hub", 1))
    record = replace(a_record(), past=Past(1, moved=moved))
    found = Redactor(DEFAULT).record(record).past
    assert found is not None
    assert found.moved == replace(moved, original=None)


def test_none_changes_nothing() -> None:
    record = a_record(b'{"password": "x"}')
    assert Redactor(NONE).record(record) is record


def is_clean(record: Record) -> bool:
    return not re.search(rb"(?i)passw|secret|token|key|auth|\d{12}|://|bearer|basic", record.body)


@settings(deadline=None)
@given(st.binary(max_size=300), st.one_of(st.none(), headers))
def test_a_record_without_secrets_comes_through_whatever_it_holds(
    body: bytes, given_headers: list[Header] | None
) -> None:
    record = a_record(body, Properties(headers=given_headers))
    found = Redactor(DEFAULT).record(record)
    if is_clean(record):
        assert found.body == body


json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**53), 2**53), st.text(max_size=20)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=10), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(deadline=None)
@given(json_values, json_values, st.sampled_from([None, 2]), st.booleans())
def test_a_secret_goes_wherever_it_is_in_json_and_the_rest_stays(
    before: object, after: object, indent: int | None, is_ascii: bool
) -> None:
    body = {"before": before, "deep": [{"x": {"dbPassword": SECRET}}], "after": after}
    found = body_of(json.dumps(body, indent=indent, ensure_ascii=is_ascii).encode(errors="replace"))
    assert SECRET.encode() not in found
    assert json.loads(found)["deep"] == [{"x": {"dbPassword": MASK}}]
    others = Redaction("o", names=("dbPassword",))
    plain = json.dumps(body, indent=indent, ensure_ascii=is_ascii).encode(errors="replace")
    assert body_of(plain, others) == plain.replace(SECRET.encode(), MASK.encode())


def test_profiles_are_files() -> None:
    assert read_profile(write_profile(DEFAULT), "default.json") == DEFAULT
    check(DEFAULT)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"{", r"bad\.json cannot be read"),
        (b'{"name": "x", "paths": ["user.name"]}', "must begin with"),
        (b'{"name": "x", "paths": ["$.a..b"]}', "not understood from"),
        (b'{"name": "x", "expressions": [{"name": "e", "pattern": "("}]}', "no regular expression"),
        (b'{"name": "x", "expressions": [{"name": "e", "pattern": "%s"}]}' % (b"x" * 2_001), "longer than"),
    ],
)
def test_what_is_no_profile_says_what_is_wrong(data: bytes, says: str) -> None:
    with pytest.raises(NotRedactionError, match=says):
        read_profile(data, "bad.json")
