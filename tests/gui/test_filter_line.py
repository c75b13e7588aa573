"""The filter line as a person uses it."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from mqstudio.gui.main_window import MainWindow
from mqstudio.gui.widgets.queue_view import QueueView
from mqstudio.model.message import Header, Properties
from mqstudio.viewmodel.queue_page import StateFilter
from tests.gui.conftest import Bench


@pytest.fixture
def view(bench: Bench, qtbot: QtBot) -> QueueView:
    """A queue of a hundred numbered messages."""
    bench.broker.add_queue("orders")
    for number in range(1, 101):
        message_id = bench.broker.add_message("orders", b'{"total": %d, "town": "Bonn"}' % number)
        bench.broker.properties[message_id] = Properties(headers=[Header("tenant", "string", "acme")])
    bench.sample()
    bench.window.open_queue("/", "orders")
    bench.window.show()
    qtbot.waitExposed(bench.window)
    found = bench.window.queue_view
    assert found is not None
    bench.sample()
    assert len(found.page.rows) == 100
    return found


def ids(view: QueueView) -> list[int]:
    return [row.message_id for row in view.page.rows.rows]


def words(view: QueueView) -> str:
    return "\n".join(each.text() for each in view.findChildren(QLabel) if each.isVisibleTo(view))


def offered(view: QueueView) -> list[str]:
    popup = view.filter_line.edit.popup
    if not popup.isVisible():
        return []
    return [popup.model().index(row, 0).data() for row in range(popup.model().rowCount())]


def test_slash_text_and_enter_find_what_is_in_bodies(bench: Bench, view: QueueView, qtbot: QtBot) -> None:
    """`/`, the filter, Enter: the rows are those it finds, and the keyboard is back on them."""
    view.table.setFocus()
    bench.window.actions_by_name["filter"].trigger()
    edit = view.filter_line.edit
    assert edit.hasFocus()
    qtbot.keyClicks(edit, "body.total > 98 and state == ready")
    assert len(ids(view)) == 100
    edit.popup.hide()
    qtbot.keyClick(edit, Qt.Key.Key_Return)
    assert ids(view) == [100, 99]
    assert view.table.hasFocus()
    assert "2 messages shown, newest first · by the filter, of 100 messages" in words(view)


def test_with_the_keyboard_elsewhere_slash_is_the_explorers(bench: Bench, view: QueueView) -> None:
    bench.window.explorer.table.setFocus()
    bench.window.actions_by_name["filter"].trigger()
    assert bench.window.explorer.filter.hasFocus()


def test_escape_closes_what_is_offered_then_clears_then_goes_back(view: QueueView, qtbot: QtBot) -> None:
    edit = view.filter_line.edit
    view.focus_filter()
    qtbot.keyClicks(edit, "body.total == 7")
    edit.popup.hide()
    qtbot.keyClick(edit, Qt.Key.Key_Return)
    assert ids(view) == [7]
    view.focus_filter()
    qtbot.keyClicks(edit, "st")
    assert edit.popup.isVisible()
    qtbot.keyClick(edit.popup, Qt.Key.Key_Escape)
    assert not edit.popup.isVisible()
    assert edit.text() == "st"
    qtbot.keyClick(edit, Qt.Key.Key_Escape)
    assert edit.text() == ""
    assert len(ids(view)) == 100
    qtbot.keyClick(edit, Qt.Key.Key_Escape)
    assert view.table.hasFocus()


def test_fields_headers_and_paths_that_are_there_are_offered(view: QueueView, qtbot: QtBot) -> None:
    """Arrows and Enter take one; the filter is applied by the next Enter."""
    edit = view.filter_line.edit
    view.focus_filter()
    qtbot.keyClicks(edit, "body.t")
    assert [each.split()[0] for each in offered(view)] == ["body.total", "body.town"]
    assert "number, such as 100" in offered(view)[0]
    qtbot.keyClick(edit.popup, Qt.Key.Key_Down)
    qtbot.keyClick(edit.popup, Qt.Key.Key_Return)
    assert edit.text() == "body.total "
    assert "==" in offered(view)
    qtbot.keyClicks(edit, "== 3")
    edit.popup.hide()
    qtbot.keyClick(edit, Qt.Key.Key_Return)
    assert ids(view) == [3]


def test_a_candidate_can_be_clicked(view: QueueView, qtbot: QtBot) -> None:
    """As well as chosen by the keyboard."""
    edit = view.filter_line.edit
    view.focus_filter()
    qtbot.keyClicks(edit, "head")
    popup = edit.popup
    assert offered(view)[0].startswith("headers.tenant    text, such as acme")
    place = popup.visualRect(popup.model().index(0, 0)).center()
    qtbot.mouseClick(popup.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert edit.text() == "headers.tenant "


def test_mistakes_are_underlined_and_explained(view: QueueView, qtbot: QtBot) -> None:
    """The wave stands below what is wrong; the sentence is below the line, and its tool tip."""
    edit = view.filter_line.edit
    view.focus_filter()
    colour = view.filter_line._context.theme.colour("dropped").rgb()

    def marked() -> list[int]:
        edit.popup.hide()
        image = edit.grab().toImage()
        scale = image.devicePixelRatio()
        return sorted(
            {
                int(x / scale)
                for x in range(image.width())
                for y in range(image.height())
                if image.pixel(x, y) == colour
            }
        )

    qtbot.keyClicks(edit, "state == ready")
    assert marked() == []
    edit.clear()
    qtbot.keyClicks(edit, "state == redy")
    waves = marked()
    advance = edit.fontMetrics().horizontalAdvance
    start = edit._x_of(0) + advance("state == ")
    assert waves
    assert start - 3 <= waves[0] <= start + 3
    assert waves[-1] <= start + advance("redy") + 4
    assert "'redy' is no state. States are ready" in words(view)
    assert "redy" in edit.toolTip()
    qtbot.keyClick(edit, Qt.Key.Key_Return)
    assert len(ids(view)) == 100
    assert edit.hasFocus()


def test_where_nothing_matches_it_says_of_how_many_and_one_click_clears(
    view: QueueView, qtbot: QtBot
) -> None:
    edit = view.filter_line.edit
    view.page.filter.use("body.total > 1000")
    assert "0 of 100 match." in words(view)
    assert view.clear_button.text() == "Clear"
    qtbot.mouseClick(view.clear_button, Qt.MouseButton.LeftButton)
    assert edit.text() == ""
    assert len(ids(view)) == 100


def test_the_last_match_is_told_where_the_chip_hides_it(view: QueueView) -> None:
    view.page.set_filter(StateFilter.DEAD)
    view.page.filter.use("body.total == 7")
    assert "0 of 100 match; last match " in words(view)
    assert "Only dead ones are shown." in words(view)


def test_a_filter_is_saved_by_a_name_and_used_again(bench: Bench, view: QueueView, qtbot: QtBot) -> None:
    """★, a name, Enter; it is in the menu, and there after a restart."""
    line = view.filter_line
    view.focus_filter()
    assert not line.star.isEnabled()
    qtbot.keyClicks(line.edit, "body.total == 7")
    line.edit.popup.hide()
    qtbot.mouseClick(line.star, Qt.MouseButton.LeftButton)
    qtbot.keyClicks(line.name, "seven & eight")
    qtbot.keyClick(line.name, Qt.Key.Key_Return)
    assert line.edit.hasFocus()
    (saved, *_) = [action for action in line.make_menu().actions() if action.data()]
    assert saved.text() == "seven && eight    body.total == 7"
    line.edit.clear()
    saved.trigger()
    assert ids(view) == [7]
    bench.window.remember()
    again = MainWindow(bench.window._context, bench.window._settings)
    assert again._studio.filters.name_of("body.total == 7") == "seven & eight"
    qtbot.addWidget(again)
    qtbot.mouseClick(line.star, Qt.MouseButton.LeftButton)
    assert line.remove_button.isVisible()
    qtbot.mouseClick(line.remove_button, Qt.MouseButton.LeftButton)
    assert bench.studio.filters.saved == []


def test_arrows_bring_back_what_was_used(view: QueueView, qtbot: QtBot) -> None:
    edit = view.filter_line.edit
    for text in ("body.total == 1", "body.total == 2"):
        view.page.filter.use(text)
    view.page.filter.clear()
    view.focus_filter()
    qtbot.keyClick(edit, Qt.Key.Key_Up)
    assert edit.text() == "body.total == 2"
    qtbot.keyClick(edit, Qt.Key.Key_Up)
    assert edit.text() == "body.total == 1"
    qtbot.keyClick(edit, Qt.Key.Key_Down)
    qtbot.keyClick(edit, Qt.Key.Key_Down)
    assert edit.text() == ""


def test_a_long_search_says_how_far_it_is(bench: Bench, view: QueueView) -> None:
    """Rows are there while it goes on."""
    bench.broker.sift_at_once = 30
    seen: list[str] = []
    note = lambda: seen.append(words(view))  # noqa: E731  # kept alive here
    view.page.changed.connect(note)
    view.page.filter.use("body.total in (1, 99)")
    assert any("1 message shown" in each and "looked at 60 of 100 (60 %) …" in each for each in seen)
    assert ids(view) == [99, 1]


def test_names_and_values_are_never_markup(bench: Bench, view: QueueView, qtbot: QtBot) -> None:
    """What is offered and what is said of mistakes is plain text, whoever wrote it."""
    view.page.filter.seen.note_body(b'{"<b>x</b>": "<img src=x>"}')
    edit = view.filter_line.edit
    view.focus_filter()
    qtbot.keyClicks(edit, "<b")
    assert edit.toolTip().startswith("<span>")
    assert "<b" not in edit.toolTip()
