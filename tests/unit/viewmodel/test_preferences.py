"""Preferences: applied at once, checked before, kept."""

import pytest

from mqstudio.model.disk import DiskHealth, StoreHealth
from mqstudio.viewmodel.form import TRUE
from mqstudio.viewmodel.health import Health
from mqstudio.viewmodel.look import Density, Look, Mode
from mqstudio.viewmodel.notices import Notices
from mqstudio.viewmodel.preferences import Preferences, preferred_language
from mqstudio.viewmodel.workspace import Workspace
from tests.support.list_broker import Clock, ListBroker


class Counting:
    """Counts how often something was applied."""

    def __init__(self) -> None:
        self.count = 0

    def note(self) -> None:
        self.count += 1


@pytest.fixture
def preferences() -> Preferences:
    clock = Clock()
    workspace = Workspace(clock)
    made = Preferences(workspace, Health(workspace, Notices(clock)))
    ListBroker(clock).feed(workspace)
    return made


def test_nobody_has_said_anything(preferences: Preferences) -> None:
    """The look of the desktop, single letters on, no tray; nothing to keep."""
    assert preferences.look() == Look()
    assert preferences.is_used("single_keys") and not preferences.is_used("tray")
    assert preferences.to_text() == "{}"


def test_a_preference_is_in_use_at_once(preferences: Preferences) -> None:
    """No button stands between choosing and seeing."""
    counting = Counting()
    preferences.applied.connect(counting.note)
    for name, text in (
        ("theme", "contrast"),
        ("ui_points", "20"),
        ("payload_family", "Hack"),
        ("payload_points", "8"),
        ("density", "roomy"),
        ("still", TRUE),
    ):
        preferences.edit(name, text)
    assert preferences.look() == Look(Mode.CONTRAST, "", 20.0, "Hack", 8.0, Density.ROOMY, True)
    assert counting.count == 6


@pytest.mark.parametrize(
    ("text", "says"),
    [("7.9", "8 to 24 can be chosen"), ("25", "8 to 24"), ("big", "no number"), ("nan", "8 to 24")],
)
def test_what_is_wrong_is_said_and_not_used(preferences: Preferences, text: str, says: str) -> None:
    """The last good value stays in use."""
    preferences.edit("ui_points", "12")
    preferences.edit("ui_points", text)
    assert says in preferences.problems()["ui_points"]
    assert preferences.look().points == 12


def test_what_was_preferred_is_kept(preferences: Preferences) -> None:
    """Text and back, of right values only."""
    preferences.edit("theme", "dark")
    preferences.edit("ui_points", "99")
    preferences.edit("single_keys", "")
    kept = preferences.to_text()
    assert kept == '{"single_keys":"","theme":"dark"}'
    clock = Clock()
    workspace = Workspace(clock)
    other = Preferences(workspace, Health(workspace, Notices(clock)))
    other.restore(kept)
    assert (other.look().mode, other.is_used("single_keys")) == (Mode.DARK, False)


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"theme":"pink"}', '{"ui_points":"1e9"}', '{"nothing":"x"}', '{"tray":"maybe"}']
)
def test_what_was_not_kept_here_changes_nothing(preferences: Preferences, text: str) -> None:
    """A damaged file gives a window as it comes."""
    preferences.restore(text)
    assert (preferences.look(), preferences.to_text()) == (Look(), "{}")


def test_a_look_can_be_adopted(preferences: Preferences) -> None:
    """A window that looks so already is not told to."""
    counting = Counting()
    preferences.applied.connect(counting.note)
    look = Look(Mode.DARK, "Inter", 12.5, "Hack", 9.0, Density.COMPACT, True)
    preferences.adopt(look)
    assert (preferences.look(), counting.count, preferences.value("ui_points")) == (look, 0, "12.5")


def test_all_is_as_it_was_after_a_reset(preferences: Preferences) -> None:
    """One button for who has lost the way."""
    preferences.edit("theme", "dark")
    preferences.reset()
    assert (preferences.look(), preferences.value("theme")) == (Look(), "system")


def test_what_is_set_elsewhere_is_shown(preferences: Preferences) -> None:
    """What the recorder keeps, and the ports; fixed, and how they are changed."""
    facts = {entry.name: entry for entry in preferences.entries() if entry.is_fixed}
    assert preferences.value("ports") == "amqp091 5672"
    assert preferences.value("recorder") == "not known: there is no broker"
    disk = DiskHealth(keep_bytes=4_000_000_000, keep_us=7 * 86_400_000_000)
    preferences._health.health = StoreHealth(path="x", disk=disk)
    assert preferences.value("recorder") == "4.0 GB, or 7 d 0 h, whichever comes first"
    preferences._health.health = StoreHealth()
    assert "memory" in preferences.value("recorder")
    assert "--keep-bytes" in facts["recorder"].says and "--port-amqp" in facts["ports"].says


def test_the_language_is_known_before_there_is_a_window() -> None:
    """From what was kept; English if that says nothing."""
    assert [preferred_language(text) for text in ('{"language":"de"}', "{}", "[", "")] == [
        "de",
        "en",
        "en",
        "en",
    ]


def test_languages_are_those_that_are_there(preferences: Preferences) -> None:
    """The window finds the files; one that was kept and is gone may come back."""
    preferences.languages["de"] = "Deutsch"
    entry = next(each for each in preferences.entries() if each.name == "language")
    assert entry.choices == (("en", "English"), ("de", "Deutsch"))
    preferences.restore('{"language":"xx"}')
    assert preferences.used("language") == "xx"
