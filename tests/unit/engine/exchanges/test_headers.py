"""Headers exchanges: each way to match, each kind of value, against a naive reading of the rules."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mqstudio.engine.exchanges.headers import EXCHANGE_KIND
from mqstudio.model.message import Header
from tests.support.exchanges import Bindings

KINDS = {bool: "bool", int: "int32", str: "string", bytes: "bytes", list: "list", dict: "table"}


def header(name: str, value: Any) -> Header:
    if value is None:
        return Header(name, "null")
    if isinstance(value, list):
        return Header(name, "list", [header("", each) for each in value])
    if isinstance(value, dict):
        return Header(name, "table", [header(key, each) for key, each in value.items()])
    return Header(name, KINDS[type(value)], value)


def matches(wanted: dict[str, Any], given: dict[str, Any]) -> bool:
    bindings = Bindings(EXCHANGE_KIND)
    bindings.add(**wanted)
    return bool(bindings.match(headers=[header(name, value) for name, value in given.items()]))


@pytest.mark.parametrize(
    ("mode", "given", "expected"),
    [
        ("all", {"a": 1, "b": 2}, True),
        ("all", {"a": 1, "b": 2, "c": 3}, True),
        ("all", {"a": 1}, False),
        ("all", {"a": 1, "b": 3}, False),
        ("any", {"a": 1}, True),
        ("any", {"b": 2, "c": 3}, True),
        ("any", {"a": 2, "b": 1}, False),
        ("any", {}, False),
        ("all-with-x", {"a": 1, "b": 2}, False),
        ("all-with-x", {"a": 1, "b": 2, "x-c": 3}, True),
        ("any-with-x", {"x-c": 3}, True),
        ("any", {"x-c": 3}, False),
        ("all", {"a": 1, "b": 2, "x-c": 4}, True),
    ],
)
def test_ways_to_match(mode: str, given: dict[str, Any], expected: bool) -> None:
    assert matches({"x-match": mode, "a": 1, "b": 2, "x-c": 3}, given) is expected


def test_all_is_what_counts_without_a_word() -> None:
    assert matches({"a": 1}, {"a": 1})
    assert not matches({"a": 1, "b": 1}, {"a": 1})


@pytest.mark.parametrize(("mode", "expected"), [("all", True), ("any", False)])
def test_asking_for_nothing(mode: str, expected: bool) -> None:
    assert matches({"x-match": mode}, {"a": 1}) is expected
    assert matches({"x-match": mode}, {}) is expected
    assert matches({"x-match": mode, "x-only": 1}, {}) is expected


VALUES = {
    "int": 1,
    "bool": True,
    "str": "1",
    "bytes": b"1",
    "list": [1],
    "dict": {"a": 1},
    "void": None,
}


@pytest.mark.parametrize("wanted", VALUES)
def test_types_count_but_bytes_are_text(wanted: str) -> None:
    """As measured on RabbitMQ 3.10.8; a binding without a value asks only for the name."""
    matching = {name for name in VALUES if matches({"k": VALUES[wanted]}, {"k": VALUES[name]})}
    if wanted == "void":
        assert matching == set(VALUES)
    elif wanted in ("str", "bytes"):
        assert matching == {"str", "bytes"}
    else:
        assert matching == {wanted}


@pytest.mark.parametrize("kind", ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32"])
def test_widths_do_not_count(kind: str) -> None:
    bindings = Bindings(EXCHANGE_KIND)
    bindings.add(k=5)
    assert bindings.match(headers=[Header("k", kind, 5)])
    assert not bindings.match(headers=[Header("k", kind, 6)])


@pytest.mark.parametrize("mode", ["some", "", 5, True, None, ["all"]])
def test_an_unknown_way_to_match_is_refused(mode: object) -> None:
    with pytest.raises(ValueError, match="x-match"):
        Bindings(EXCHANGE_KIND).add(**{"x-match": mode})


def test_a_message_without_headers_matches_who_asks_for_nothing() -> None:
    bindings = Bindings(EXCHANGE_KIND)
    bindings.add(queue="all")
    bindings.add(queue="picky", a=1)
    assert bindings.match() == {"all"}


names = st.sampled_from(["a", "b", "x-c"])
values = st.sampled_from([1, 2, True, "1", b"1", b"\xff", None, [1], [2], {"k": 1}])
tables = st.dictionaries(names, values, max_size=3)
modes = st.sampled_from(["all", "any", "all-with-x", "any-with-x"])


def naive(mode: str, wanted: dict[str, Any], given: dict[str, Any]) -> bool:
    def text(value: Any) -> Any:
        return "1" if value == b"1" else value

    def has(name: str, value: Any) -> bool:
        if name not in given:
            return False
        if value is None:
            return True
        one, two = text(value), text(given[name])
        return type(one) is type(two) and bool(one == two)

    asked = [(n, v) for n, v in wanted.items() if mode.endswith("x") or not n.startswith("x-")]
    return (all if mode.startswith("all") else any)(has(name, value) for name, value in asked)


@settings(deadline=None)
@given(st.lists(st.tuples(modes, tables), max_size=6), st.lists(tables, min_size=1, max_size=3), st.data())
def test_agrees_with_looking_at_each_binding(
    wanted: list[tuple[str, dict[str, Any]]], given: list[dict[str, Any]], data: st.DataObject
) -> None:
    bindings = Bindings(EXCHANGE_KIND)
    made = [bindings.add(queue=f"q{n}", **{"x-match": m, **w}) for n, (m, w) in enumerate(wanted)]
    gone = data.draw(st.sets(st.integers(0, len(wanted)))) & set(range(len(wanted)))
    for number in gone:
        bindings.remove(made[number])
    for each in given:
        headers = [header(name, value) for name, value in each.items()]
        assert bindings.match(headers=headers) == {
            f"q{n}" for n, (m, w) in enumerate(wanted) if n not in gone and naive(m, w, each)
        }
    for number in set(range(len(wanted))) - gone:
        bindings.remove(made[number])
    assert bindings.index.match("", lambda: pytest.fail("nobody asks for headers")) == []
