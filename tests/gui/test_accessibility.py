"""The window for everybody: names for screen readers, keys for verbs, panes by F6, a focus that shows."""

import pytest
from PySide6.QtWidgets import QApplication, QWidget

from mqstudio.gui.colours import CONTRAST
from mqstudio.gui.theme import Theme
from mqstudio.gui.verbs import VERBS
from mqstudio.viewmodel.explain import explanations
from mqstudio.viewmodel.form import TRUE
from mqstudio.viewmodel.look import Look, Mode
from tests.gui.conftest import Bench
from tests.gui.walking import controls, name_of

WITHOUT_A_KEY = "rare, or aimed at what is chosen: in the menus and the palette"
"""Why a verb may have no key of its own: whoever wants one gives it one in the editor."""


@pytest.fixture
def whole(bench: Bench) -> QWidget:
    """A window with every kind of page open."""
    bench.broker.add_queue("orders", 2)
    bench.broker.add_client(1)
    bench.sample()
    bench.window.open_exchange("/", "amq.direct")
    bench.window.comfort.open_preferences()
    bench.window.comfort.open_shortcuts()
    bench.window.open_queue("/", "orders")
    view = bench.window.queue_view
    assert view is not None
    view.table.select_row(0)
    bench.window.comfort.open_palette()
    bench.window.comfort.card.explain("queue")
    return bench.window


def test_every_control_has_a_name(whole: QWidget) -> None:
    """Whatever can be pressed, chosen from or typed into says what it is."""
    silent = [
        f"{type(each).__name__} in {type(each.parentWidget()).__name__}"
        for each in controls(whole)
        if not name_of(each)
    ]
    assert silent == []


def test_there_are_many_controls(whole: QWidget) -> None:
    """The walk above walks."""
    assert len(list(controls(whole))) > 100


def test_every_verb_is_in_the_palette_and_has_a_key_or_a_reason(bench: Bench) -> None:
    """Keys are shown in the palette; a verb without one is in a menu, where it can be reached by letters."""
    items = {item.key[1]: item for item in bench.studio.palette.search("") if item.key[0] == "verb"}
    for verb in VERBS:
        if verb.name != "palette":
            assert items[verb.name].keys == verb.keys
        assert verb.keys or verb.menu, WITHOUT_A_KEY


def test_no_two_verbs_share_a_key_where_both_act(bench: Bench) -> None:
    """A key does one thing in one place."""
    taken: dict[tuple[str, str], str] = {}
    for verb in VERBS:
        if verb.keys:
            place = (verb.keys, verb.where.value if verb.is_for_tables else "window")
            assert taken.setdefault(place, verb.name) == verb.name, place


def test_every_verb_can_be_found_by_its_own_title(bench: Bench) -> None:
    """Whoever types what the menu says finds it."""
    for verb in VERBS:
        if verb.name != "palette":
            found = [item.key[1] for item in bench.studio.palette.search(verb.title) if item.key[0] == "verb"]
            assert verb.name in found[:8], verb.title


def test_f6_goes_through_the_panes_and_back(bench: Bench) -> None:
    """As far forward as back, and nowhere stuck."""
    bench.broker.add_queue("orders", 1)
    bench.sample()
    bench.window.open_queue("/", "orders")
    bench.window.activateWindow()
    bench.window.explorer.table.setFocus()
    there = []
    for _ in range(3):
        bench.window.actions_by_name["next_pane"].trigger()
        there.append(QApplication.focusWidget())
    back = []
    for _ in range(2):
        bench.window.actions_by_name["previous_pane"].trigger()
        back.append(QApplication.focusWidget())
    assert len(set(map(id, there))) == 3
    assert back == there[-2::-1]


@pytest.mark.parametrize(
    "kind", ["QPushButton", "QToolButton", "QLineEdit", "QTableView", "QCheckBox", "QTabBar"]
)
def test_the_focus_shows(theme: Theme, kind: str) -> None:
    """In the style sheet of each theme there is a ring for whatever can have the keyboard."""
    sheet = QApplication.instance().styleSheet()  # type: ignore[union-attr]  # there is one
    rules = [
        rule
        for rule in sheet.split("}")
        if kind in rule.partition("{")[0] and ":focus" in rule.partition("{")[0]
    ]
    assert rules and any(theme.colours.focus in rule for rule in rules)


def test_high_contrast_is_used_everywhere(bench: Bench) -> None:
    """Palette and style sheet; whatever draws itself asks for its colours."""
    bench.theme.set_look(Look(Mode.CONTRAST))
    assert bench.theme.colours is CONTRAST
    assert CONTRAST.text in QApplication.instance().styleSheet()  # type: ignore[union-attr]  # there is one


def test_less_motion_is_remembered_by_the_theme(bench: Bench) -> None:
    """Whatever would move asks it."""
    assert not bench.theme.is_still
    bench.studio.preferences.edit("still", TRUE)
    assert bench.theme.is_still


def test_every_part_of_the_window_is_explained(bench: Bench) -> None:
    """F1 has words for each."""
    assert bench.window.comfort.screens.keys() <= explanations().keys()


@pytest.mark.parametrize("mode", [Mode.LIGHT, Mode.DARK, Mode.CONTRAST])
def test_nothing_outgrows_the_screen_at_200_percent(bench: Bench, mode: Mode) -> None:
    """With twice the text the window still fits where it stood, and everything can be scrolled to."""
    bench.broker.add_queue("orders", 2)
    bench.sample()
    bench.window.open_queue("/", "orders")
    bench.window.resize(1440, 900)
    bench.theme.set_look(Look(mode, points=20.0))
    QApplication.sendPostedEvents()
    least = bench.window.minimumSizeHint()
    assert (least.width() <= 1440, least.height() <= 900) == (True, True), least
