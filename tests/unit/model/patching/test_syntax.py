"""Patches are read, or refused with where and why; nothing of them is ever run."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mqstudio.model.limits import PATCH_CHARACTERS
from mqstudio.model.patching.syntax import parse_patch
from mqstudio.model.patching.tree import Call, Change, Patch, PatchError, Place, Ref, Sum, Value

TOTAL = Ref(Place.BODY, ("total",))


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        ("$.total = abs($.total)", [Change(TOTAL, Call("abs", (TOTAL,)))]),
        ("body.total = 1", [Change(TOTAL, Value(1))]),
        ("$.total=-1.5", [Change(TOTAL, Sum("-", Value(0), Value(1.5)))]),
        ("$.a = 1 + 2 * 3", [
            Change(Ref(Place.BODY, ("a",)), Sum("+", Value(1), Sum("*", Value(2), Value(3))))
        ]),
        ("$.a = (1 + 2) * 3", [
            Change(Ref(Place.BODY, ("a",)), Sum("*", Sum("+", Value(1), Value(2)), Value(3)))
        ]),
        ("$.total = $.total-1", [Change(TOTAL, Sum("-", TOTAL, Value(1)))]),
        ("$.lines[-1][\"unit price\"] = null", [
            Change(Ref(Place.BODY, ("lines", -1, "unit price")), Value(None))
        ]),
        ("header.x-tenant = 'acme'; remove header['x-old']", [
            Change(Ref(Place.HEADER, ("x-tenant",)), Value("acme")),
            Change(Ref(Place.HEADER, ("x-old",)), None),
        ]),
        ("remove $.total;", [Change(TOTAL, None)]),
        ("$ = true", [Change(Ref(Place.BODY, ()), Value(True))]),
    ],
)  # fmt: skip
def test_what_a_patch_says(text: str, changes: list[Change]) -> None:
    assert parse_patch(text) == Patch(tuple(changes))


@pytest.mark.parametrize(
    ("text", "says", "at"),
    [
        ("", "Say what is to change", 0),
        ("total = 1", "A change begins with what it changes", 0),
        ("$.total", "An = has to come here", 7),
        ("$.total = ", "A value has to come here", 10),
        ("$.total = sqrt(2)", "There is no function sqrt. There are: abs, default", 10),
        ("$.total = eval", "There is no function eval", 10),
        ("$.total = abs(1, 2)", "abs takes 1 values, not 2", 10),
        ("$.total = abs(1", "A ) or a , is missing", 15),
        ("$.total = (1", "A ) is missing", 12),
        ("$.total = 1 2", "The change is over here", 12),
        ("$.total = 'x", "no closing quote", 10),
        ("$.total = 1 & 2", "“&” has no place", 12),
        ("$..total = 1", "Paths look like", 1),
        ("header = 1", "Name one header", 0),
        ("header[0] = 1", "Headers have names", 0),
        ("remove $", "The whole body cannot be removed", 7),
        ("$.a = " + "(" * 30 + "1", "nested deeper", 26),
        ("$.a = 1" + "+1" * 100, "signs at most", 129),
        ("$" * (PATCH_CHARACTERS + 1), "is the most", PATCH_CHARACTERS),
    ],
)
def test_what_is_wrong_and_where(text: str, says: str, at: int) -> None:
    with pytest.raises(PatchError) as error:
        parse_patch(text)
    assert says in error.value.says
    assert error.value.at == at


@given(st.text(st.sampled_from("$.ab=1-+*/()[]'\";, headrmov0e")) | st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        parse_patch(text)
    except PatchError as error:
        assert error.says and 0 <= error.at <= len(text)
