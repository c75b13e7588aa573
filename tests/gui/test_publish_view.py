"""The composer in the window: fill, mistakes under what is typed, holes, files, later, again, the library."""

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLineEdit, QPlainTextEdit
from pytestqt.qtbot import QtBot

from mqstudio.client.sending import Parcel, Sending
from mqstudio.gui.widgets.publish_view import FORM, SAVED, SENT, PublishView
from mqstudio.model.message import Header, Properties
from mqstudio.model.rows import RoutePreview
from mqstudio.viewmodel.publish import Composer
from mqstudio.viewmodel.publish_draft import BodyKind, Draft, HeaderDraft
from mqstudio.viewmodel.publish_running import Running
from tests.gui.conftest import Bench
from tests.support.list_broker import run_now


@pytest.fixture
def view(bench: Bench) -> PublishView:
    """The panel, open on the queue orders, which exists."""
    bench.broker.add_queue("orders")
    bench.broker.route = RoutePreview(["orders"], "")
    bench.sample()
    bench.window.compose_to("/", "orders")
    return bench.window.publish


@pytest.fixture
def composer(bench: Bench) -> Composer:
    return bench.studio.composer


def type_text(qtbot: QtBot, edit: QLineEdit | QPlainTextEdit, text: str) -> None:
    edit.setFocus()
    edit.selectAll()
    qtbot.keyClicks(edit, text)


def test_every_header_type_nested_too(bench: Bench, view: PublishView, qtbot: QtBot) -> None:
    """By clicks and keys: a table with a list within, which arrives with its types."""
    view.add_header_button.click()
    type_text(qtbot, view.header_lines[0].name, "t")
    _choose(view.header_lines[0].kind, "table")
    assert not view.header_lines[0].value.isEnabled()
    view.header_lines[0].add.click()
    type_text(qtbot, view.header_lines[1].name, "l")
    _choose(view.header_lines[1].kind, "list")
    view.header_lines[1].add.click()
    assert view.header_lines[2].name.isHidden()
    _choose(view.header_lines[2].kind, "decimal")
    type_text(qtbot, view.header_lines[2].value, "12.50")
    view.send_button.click()
    (header,) = bench.broker.published[0][3].headers or []
    assert header == Header("t", "table", [Header("l", "list", [Header("", "decimal", "12.50")])])
    view.header_lines[1].remove.click()
    assert len(view.header_lines) == 1


def _choose(box: QComboBox, text: str) -> None:
    box.setCurrentText(text)
    box.activated.emit(box.currentIndex())


def test_mistakes_are_underlined_as_one_types(view: PublishView, composer: Composer, qtbot: QtBot) -> None:
    """Where they are, with a sentence; Send waits until they are mended."""
    view.body_box.template.click()
    type_text(qtbot, view.body, "a {{sek}}")
    (mark,) = view.body.extraSelections()
    assert mark.cursor.selectedText() == "sek"
    assert view.problem.text() == "There is no value “sek”. Did you mean seq?"
    assert not view.send_button.isEnabled()
    type_text(qtbot, view.body, "a {{seq}}")
    assert view.body.extraSelections() == []
    assert view.body_box.preview.text() == "a 1"
    type_text(qtbot, view.key, "orders{{")
    assert view.key.property("bad") == "true"
    assert "never closed" in view.key.accessibleDescription()


def test_marks_count_characters_as_people_do(view: PublishView, composer: Composer) -> None:
    """An emoji before a mistake does not shift its mark."""
    composer.edit(body="😀😀 {{sek}}", is_template=True)
    (mark,) = view.body.extraSelections()
    assert mark.cursor.selectedText() == "sek"


def test_previews_of_any_message(view: PublishView, composer: Composer) -> None:
    """From the first to the last; with the key whose turn it is."""
    composer.edit(body="{{seq}}", is_template=True, count="2", keys="eu us")
    box = view.body_box
    assert (box.preview_title.text(), box.preview.text(), box.back.isEnabled()) == (
        "Preview #1",
        "eu ← 1",
        False,
    )
    box.forth.click()
    assert (box.preview_title.text(), box.preview.text(), box.forth.isEnabled()) == (
        "Preview #2",
        "us ← 2",
        False,
    )
    box.back.click()
    assert box.preview_title.text() == "Preview #1"


def test_what_is_typed_stays_to_the_character(view: PublishView, composer: Composer, qtbot: QtBot) -> None:
    """A space that does not break is another character than a space."""
    text = "a\u00a0b\u2028c\n  d"
    composer.edit(body=text)
    qtbot.keyClicks(view.body, "x")
    assert composer.draft.body == "x" + text


def test_holes_are_offered(view: PublishView, composer: Composer) -> None:
    """With examples; chosen ones are put in where the keyboard is."""
    composer.edit(is_template=True)
    menu = view.body_box.make_holes_menu()
    titles = [action.text() for action in menu.actions()]
    assert any(title.startswith("random") for title in titles)
    menu.actions()[0].trigger()
    assert composer.draft.body == "{{seq}}"
    assert composer.problems() == []


def test_a_file_is_dropped(view: PublishView, composer: Composer, tmp_path: Path) -> None:
    """Its name and size stand where the text was; Text brings the text back."""
    path = tmp_path / "body.bin"
    path.write_bytes(bytes(1234))
    composer.edit(body="typed")
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    button, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    view.body.dropEvent(QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, data, button, keys))
    assert view.body_box.file.text() == "body.bin · 1.2 KB"
    assert not view.body.isVisible()
    view.body_box.kinds[BodyKind.TEXT].click()
    assert view.body.isVisible()
    assert view.body.toPlainText() == "typed"


def test_kinds_of_bodies(bench: Bench, view: PublishView, composer: Composer, qtbot: QtBot) -> None:
    """Hex is sent as bytes; gzip says so."""
    view.body_box.kinds[BodyKind.HEX].click()
    type_text(qtbot, view.body, "00 zz")
    assert view.body.extraSelections()[0].cursor.selectedText() == "z"
    type_text(qtbot, view.body, "00 ff")
    view.body_box.gzip.click()
    view.send_button.click()
    _, _, body, properties = bench.broker.published[0]
    assert body.startswith(b"\x1f\x8b")
    assert properties.content_encoding == "gzip"


def test_arrows_recall_what_was_sent(view: PublishView, composer: Composer, qtbot: QtBot) -> None:
    """↑ in the key, or at the top of the body."""
    type_text(qtbot, view.body, "one")
    view.send_button.click()
    type_text(qtbot, view.body, "two")
    qtbot.keyClick(view.key, Qt.Key.Key_Up)
    assert view.body.toPlainText() == "one"
    qtbot.keyClick(view.key, Qt.Key.Key_Down)
    assert view.body.toPlainText() == "two"


def test_what_was_sent_is_searched_and_used_again(
    view: PublishView, composer: Composer, qtbot: QtBot
) -> None:
    """By keys alone; Esc goes back."""
    for body in ("apples", "pears"):
        type_text(qtbot, view.body, body)
        view.send_button.click()
    view.history_button.click()
    assert view.right.currentIndex() == SENT
    picker = view.history_picker
    assert picker.list.count() == 2
    qtbot.keyClicks(picker.search, "apples")
    assert picker.list.count() == 1
    qtbot.keyClick(picker.search, Qt.Key.Key_Return)
    assert (view.right.currentIndex(), view.body.toPlainText()) == (FORM, "apples")
    view.history_button.click()
    qtbot.keyClick(picker.search, Qt.Key.Key_Escape)
    assert view.right.currentIndex() == FORM


def test_the_library(bench: Bench, view: PublishView, composer: Composer, qtbot: QtBot) -> None:
    """Saved by a name, renamed, deleted, undone, used."""
    type_text(qtbot, view.body, "keep me")
    bench.window.actions_by_name["save_draft"].trigger()
    asking = view.send_bar.asking
    asking.done_button.click()
    assert asking.says.text() == "Give it a name."
    qtbot.keyClicks(asking.field, "mine")
    qtbot.keyClick(asking.field, Qt.Key.Key_Return)
    assert not asking.isVisible()
    type_text(qtbot, view.body, "other")
    bench.window.actions_by_name["show_library"].trigger()
    picker = view.library_picker
    assert view.right.currentIndex() == SAVED
    picker.rename_button.click()
    type_text(qtbot, picker.asking.field, "yours")
    qtbot.keyClick(picker.asking.field, Qt.Key.Key_Return)
    picker.delete_button.click()
    assert picker.list.count() == 0
    assert "Nothing is saved yet" in picker.says.text()
    run_now(bench.studio.undo.undo_last())
    assert [saved.name for saved in composer.library.saved] == ["yours"]
    picker.list.setCurrentRow(0)
    qtbot.keyClick(picker.search, Qt.Key.Key_Return)
    assert view.body.toPlainText() == "keep me"


def test_later(bench: Bench, view: PublishView, composer: Composer, qtbot: QtBot) -> None:
    """Asked for in place, listed, given up; what is due goes even while the panel is closed."""
    view.send_bar.later_button.click()
    asking = view.send_bar.asking
    qtbot.keyClicks(asking.field, "soon")
    qtbot.keyClick(asking.field, Qt.Key.Key_Return)
    assert "such as 10 m" in asking.says.text()
    for when in ("10 m", "20 m"):
        view.send_bar.ask_when()
        type_text(qtbot, asking.field, when)
        qtbot.keyClick(asking.field, Qt.Key.Key_Return)
    under_way = view.under_way
    assert len(under_way.planned) == 2
    assert "if the window is still open" in under_way.planned[0].says.text()
    under_way.planned[1].cancel_button.click()
    bench.window.panes.docks["publish"].close()
    bench.clock.advance(601)
    under_way.tick()
    assert len(bench.broker.published) == 1
    assert under_way.planned == []


def test_a_sending_is_paused_resumed_and_cancelled(view: PublishView, composer: Composer) -> None:
    """By its buttons; how far it is stands beside."""
    running = Running("Publishing to orders", Sending(lambda n: Parcel("", "orders", b""), 1_000))
    running.sending.counts.confirmed = 250
    composer.running.now = [running]
    composer.running.changed.emit()
    (line,) = view.under_way.running
    assert line.isVisible()
    assert (line.says.text(), line.bar.value()) == ("250 of 1,000 · 250 confirmed", 250)
    line.pause_button.click()
    assert running.sending.is_paused
    assert line.says.text().endswith("paused")
    line.pause_button.click()
    assert not running.sending.is_paused
    line.cancel_button.click()
    assert running.sending.is_cancelled
    composer.running.now = []
    composer.running.changed.emit()
    assert not view.under_way.isVisible()


def test_a_message_s_double(view: PublishView, composer: Composer, bench: Bench) -> None:
    """Everything of it is in the fields, and goes out as it came."""
    said = Properties(type="new", timestamp_s=5, headers=[Header("n", "int8", -3)])
    message_id = bench.broker.add_message("orders", b"{{no hole}}", exchange="shop", routing_key="k")
    bench.broker.properties[message_id] = said
    view.open_with(run_now(bench.broker.message("orders", message_id)), b"{{no hole}}", "/")
    assert (view.exchange.currentText(), view.key.text()) == ("shop", "k")
    assert view.property_fields["timestamp_s"].text() == "5"
    assert view.header_lines[0].value.text() == "-3"
    view.send_button.click()
    assert bench.broker.published[-1] == ("shop", "k", b"{{no hole}}", said)


def test_hostile_texts_are_shown_as_they_are(view: PublishView, composer: Composer) -> None:
    """Names and bodies of others are never markup."""
    composer.library.save("<b>x</b>\u202e", Draft(body="<img src=x>"))
    composer.edit(headers=[HeaderDraft("<b>h</b>", "string", "<i>v</i>")], body="<img>", is_template=True)
    view.show_library()
    assert view.library_picker.list.item(0).text().startswith("<b>x</b>\\u202e")
    assert view.body_box.preview.text() == "<img>"


def test_every_control_has_a_name(view: PublishView, composer: Composer) -> None:
    """Of headers, lists and questions too."""
    composer.edit(headers=[HeaderDraft("t", "table", "", (HeaderDraft("a"),))])
    controls = view.findChildren(QLineEdit) + view.findChildren(QPlainTextEdit) + view.findChildren(QComboBox)
    inner = [each for each in controls if isinstance(each.parent(), QComboBox)]
    assert [each for each in controls if each not in inner and not each.accessibleName()] == []
    ours = [b for b in view.findChildren(QAbstractButton) if not isinstance(b.parent(), QLineEdit)]
    assert [b for b in ours if not (b.accessibleName() or b.text())] == []
