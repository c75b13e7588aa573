"""Keys: as the program has them, or as somebody wants them."""

import pytest

from mqstudio.viewmodel.shortcuts import Bound, Shortcuts, is_single

BOUND = [
    Bound("purge", "Purge", "Ctrl+Shift+Del"),
    Bound("resend", "Resend", "R"),
    Bound("undo", "Undo", "Ctrl+Z"),
    Bound("health", "Health", ""),
]


@pytest.fixture
def shortcuts() -> Shortcuts:
    made = Shortcuts()
    made.use(BOUND)
    return made


def test_keys_are_the_programs_until_changed(shortcuts: Shortcuts) -> None:
    """A verb has the keys of the table, others when it was given them, and its own again after a reset."""
    assert shortcuts.keys("undo") == "Ctrl+Z"
    assert shortcuts.set("undo", "Ctrl+U") == ""
    assert (shortcuts.keys("undo"), [x.name for x in shortcuts.lines() if x.is_changed]) == (
        "Ctrl+U",
        ["undo"],
    )
    assert shortcuts.reset("undo") == ""
    assert (shortcuts.keys("undo"), [x for x in shortcuts.lines() if x.is_changed]) == ("Ctrl+Z", [])


def test_a_conflict_is_said_and_nothing_is_changed(shortcuts: Shortcuts) -> None:
    """However the keys are written."""
    says = shortcuts.set("resend", "Shift+Ctrl+Delete")
    assert says == "Shift+Ctrl+Delete is “Purge” already. Take it from there first."
    assert shortcuts.keys("resend") == "R"


def test_keys_can_be_taken_over(shortcuts: Shortcuts) -> None:
    """The verb that had them has none, which is said in a reset of it too."""
    shortcuts.take_over("resend", "Ctrl+Z")
    assert (shortcuts.keys("resend"), shortcuts.keys("undo")) == ("Ctrl+Z", "")
    assert "“Resend” already" in shortcuts.reset("undo")
    shortcuts.reset_all()
    assert [shortcuts.keys(each.name) for each in BOUND] == [each.keys for each in BOUND]


def test_keys_can_be_taken_away(shortcuts: Shortcuts) -> None:
    """A verb without keys conflicts with nothing."""
    assert shortcuts.set("purge", "") == ""
    assert shortcuts.others("health", "") == []
    assert shortcuts.keys("purge") == ""


def test_what_is_no_key_is_refused(shortcuts: Shortcuts) -> None:
    """Several in a row, something endless, a verb that is not there."""
    assert "One combination" in shortcuts.set("undo", "Ctrl+K, Ctrl+U")
    assert "One combination" in shortcuts.set("undo", "x" * 61)
    assert "no verb" in shortcuts.set("nothing", "Ctrl+U")
    assert shortcuts.set("undo", "Ctrl+,") == ""


@pytest.mark.parametrize(
    ("keys", "is_one"),
    [
        ("E", True),
        ("Shift+R", True),
        ("=", True),
        ("+", True),
        ("F6", False),
        ("Ctrl+K", False),
        ("Del", False),
    ],
)
def test_single_letters(keys: str, is_one: bool) -> None:
    """What typing is made of."""
    assert is_single(keys) is is_one


def test_single_letters_can_be_turned_off(shortcuts: Shortcuts) -> None:
    """They stay set and do nothing; the editor says so."""
    shortcuts.are_singles_on = lambda: False
    assert (shortcuts.keys("resend"), shortcuts.active_keys("resend")) == ("R", "")
    assert shortcuts.active_keys("undo") == "Ctrl+Z"
    assert [line.says for line in shortcuts.lines("resend")] == ["single letters are off"]


def test_lines_are_found_by_title_and_by_key(shortcuts: Shortcuts) -> None:
    """As the editor's search does."""
    assert [line.name for line in shortcuts.lines("ctrl")] == ["purge", "undo"]
    assert [line.name for line in shortcuts.lines("heal")] == ["health"]


def test_what_differs_is_kept(shortcuts: Shortcuts) -> None:
    """Text and back; what is no such text changes nothing."""
    shortcuts.set("undo", "Ctrl+U")
    other = Shortcuts()
    other.use(BOUND)
    other.restore(shortcuts.to_text())
    assert (other.keys("undo"), other.to_text()) == ("Ctrl+U", '{"undo":"Ctrl+U"}')
    other.restore("[1]")
    assert other.keys("undo") == "Ctrl+U"
