"""Why? in the inspector, and the Problems panel: by keys and mouse, plain texts, links only on a click."""

from typing import Any

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtTest import QTest

from mqstudio.gui.theme import Mode
from mqstudio.gui.widgets.inspector_view import WHY
from mqstudio.viewmodel.look import Look
from mqstudio.why.base import About, Finding, Severity, Subject, text
from tests.gui.conftest import Bench
from tests.gui.test_main_window import open_queue
from tests.support.rules_at_hand import LINK, finding

EVIL = "<img src=x>&{0}\u202e"
EXCHANGE = finding(
    "exchange_no_bindings", Severity.BAD, Subject(About.EXCHANGE, "/", "amq.direct"), verb="bind"
)
ATTEMPT = finding("unknown_vhost", Severity.WARN, Subject(About.ATTEMPT, "", "127.0.0.1 x"))
CLIENT = finding("publisher_blocked", Severity.WARN, Subject(About.CLIENT, "/", "shop", 3))


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The pages that were opened in a browser."""
    pages: list[str] = []

    def note(url: QUrl) -> bool:
        pages.append(url.toString())
        return True

    monkeypatch.setattr(QDesktopServices, "openUrl", note)
    return pages


def _asked(bench: Bench, *findings: Finding) -> Any:
    """Select the first message and press W."""
    bench.rules.findings = list(findings)
    view = open_queue(bench, messages=1)
    view.table.select_row(0)
    view.table.setFocus()
    QTest.keyClick(view.table, Qt.Key.Key_W)
    return bench.window.inspector.why


def _problems(bench: Bench, *findings: Finding) -> Any:
    """Open the panel on these problems."""
    bench.rules.findings = list(findings)
    bench.broker.add_queue("orders", 1)
    bench.sample()
    bench.window.actions_by_name["show_problems"].trigger()
    bench.sample(20)
    return bench.window.problems


def test_w_opens_it_in_the_inspector_and_closes_it_again(bench: Bench) -> None:
    """With an answer, its proof, what to do, and a verb that mends it."""
    why = _asked(bench, finding(verb="move"))
    tabs = bench.window.inspector.tabs
    assert tabs.currentIndex() == WHY
    (card,) = [each for each in why.cards if each.isVisible()]
    assert card.says.text() == "Queue 'orders' has no consumer."
    assert card.then.text() == "→ Start the program that consumes it."
    assert card.verb_button.text().strip() == "Move to…"
    assert card.accessibleName().startswith("Warning: Queue 'orders' has no consumer.")
    view = bench.window.queue_view
    assert view is not None
    QTest.keyClick(view.table, Qt.Key.Key_W)
    assert tabs.currentIndex() != WHY


def test_names_are_never_markup(bench: Bench) -> None:
    """A queue may be called anything; nothing is loaded, turned round, or taken for a shortcut."""
    why = _asked(bench, finding(says=text("Queue '{queue}' waits.", queue=EVIL)))
    card = why.cards[0]
    assert card.says.text() == "Queue '<img src=x>&{0}\\u202e' waits."
    assert card.says.textFormat() == Qt.TextFormat.PlainText


def test_a_page_is_opened_on_a_click_and_never_before(bench: Bench, opened: list[str]) -> None:
    """The one thing that leaves this computer."""
    why = _asked(bench, finding())
    assert opened == []
    QTest.mouseClick(why.cards[0].link_button, Qt.MouseButton.LeftButton)
    assert opened == [LINK]


def test_no_answer_is_an_answer(bench: Bench) -> None:
    """And it says so."""
    why = _asked(bench)
    assert why.says.text() == "Nothing is odd about this message: it is where it should be."
    assert not [each for each in why.cards if each.isVisible()]


def test_problems_are_listed_with_the_chosen_one_beside(bench: Bench) -> None:
    """The worst first; the keyboard goes through them."""
    panel = _problems(bench, EXCHANGE, finding())
    assert panel.heading.text() == "2 problems"
    assert panel.list.count() == 2
    assert panel.about.text() == "exchange amq.direct"
    panel.list.setFocus()
    QTest.keyClick(panel.list, Qt.Key.Key_Down)
    assert panel.detail.says.text() == "Queue 'orders' has no consumer."
    assert panel.about.text() == "queue orders"
    assert panel.list.item(0).data(Qt.ItemDataRole.AccessibleTextRole).startswith("Problem: ")


def test_show_me_goes_there(bench: Bench) -> None:
    """To the queue, the exchange, the client, or where those are listed who failed."""
    panel = _problems(bench, EXCHANGE, finding(), ATTEMPT, CLIENT)
    panel.list.setCurrentRow(1)
    panel.show_button.click()
    assert bench.window.queue_view is not None
    assert bench.window.queue_view.page.queue == "orders"
    panel.list.setCurrentRow(0)
    panel.show_button.click()
    assert bench.window.tabs.exchange_view is not None
    for place in (2, 3):
        bench.window.actions_by_name["show_problems"].trigger()
        panel.list.setCurrentRow(place)
        panel.show_button.click()
        assert bench.window.clients.isVisible()


def test_a_muted_problem_goes_and_comes_back(bench: Bench) -> None:
    """Muted ones are counted, and shown again by a click."""
    panel = _problems(bench, finding())
    panel.mute_button.click()
    assert panel.empty.text() == "All is well"
    assert panel.empty_muted.text() == "Show 1 muted"
    panel.empty_muted.click()
    assert panel.list.count() == 1


def test_what_was_muted_is_remembered(bench: Bench) -> None:
    """In the settings of the window."""
    panel = _problems(bench, finding())
    panel.mute_button.click()
    assert "queue_no_consumer" in str(bench.window._settings.value("muted_problems"))


def test_an_empty_panel_says_what_it_is_for(bench: Bench) -> None:
    """While nobody has looked it says that, too."""
    bench.window.actions_by_name["show_problems"].trigger()
    bench.sample()
    assert bench.window.problems.empty.text() == "Looking for problems…"
    panel = _problems(bench)
    assert panel.empty.text() == "All is well"
    assert "Queues that nobody reads" in panel.empty_says.text()


def test_the_badge_opens_the_panel(bench: Bench) -> None:
    """It counts what is more than a hint, and is away if there is nothing."""
    badge = bench.window.status.problems
    assert not badge.isVisible()
    bench.rules.findings = [EXCHANGE, finding()]
    bench.sample(20)
    assert badge.isVisible()
    assert badge.button.text().strip() == "2 problems"
    assert "Queue 'orders' has no consumer." in badge.button.accessibleName()
    badge.button.click()
    assert bench.window.problems.isVisible()


def test_what_mends_it_is_done_where_it_is(bench: Bench) -> None:
    """A verb of the queue acts on the queue of the problem."""
    panel = _problems(bench, finding("queue_paused", verb="pause_queue"))
    assert panel.fix_button.text().strip() == "Resume the queue"
    panel.fix_button.click()
    assert bench.window.queue_view is not None
    assert bench.window.queue_view.page.queue == "orders"


def test_a_verb_of_messages_acts_on_the_one_that_is_asked_about(bench: Bench) -> None:
    """Where another is selected by now it says so, and does nothing."""
    why = _asked(bench, finding(verb="resend"))
    bench.broker.add_message("orders", b"another")
    view = bench.window.queue_view
    assert view is not None
    bench.sample()
    view.table.clearSelection()
    why.cards[0].verb_button.click()
    assert any("cannot be done from here" in each for each in bench.notices())
    assert bench.broker.published == []


def test_a_verb_of_queues_goes_to_the_queue_that_it_is_about(bench: Bench) -> None:
    """Not to the one in front."""
    there = Subject(About.QUEUE, "/", "elsewhere")
    bench.broker.add_queue("elsewhere", 1)
    why = _asked(bench, finding(verb="edit_settings", at=there))
    why.cards[0].verb_button.click()
    view = bench.window.queue_view
    assert view is not None
    assert view.page.queue == "elsewhere"


def test_a_client_or_a_consumer_has_to_be_chosen_first(bench: Bench) -> None:
    """So no button offers to send one away."""
    why = _asked(bench, finding(verb="kick"))
    assert not why.cards[0].verb_button.isVisible()


def test_what_somebody_has_resumed_is_not_paused_again(bench: Bench) -> None:
    """One verb does both: a click that comes too late says so."""
    panel = _problems(bench, finding("everything_paused", subject=Subject(About.BROKER), verb="pause_all"))
    panel.fix_button.click()
    assert any("cannot be done from here" in each for each in bench.notices())


def test_it_is_drawn_in_all_looks(bench: Bench) -> None:
    """Signs take the colours of the look; the one that was chosen stays chosen."""
    panel = _problems(bench, EXCHANGE, finding())
    panel.list.setCurrentRow(1)
    for mode in (Mode.DARK, Mode.CONTRAST, Mode.LIGHT):
        bench.theme.set_look(Look(mode))
        assert panel.list.count() == 2
        assert not panel.grab().isNull()


def test_why_of_a_queue_is_told_in_the_panel(bench: Bench) -> None:
    """Esc goes back to all problems; a queue of which there is nothing to say is as it should be."""
    panel = _problems(bench, EXCHANGE, finding())
    bench.window.open_queue("/", "orders")
    bench.window.actions_by_name["why_queue"].trigger()
    assert panel.heading.text() == "Why queue orders is as it is"
    assert panel.list.count() == 1
    assert not panel.mute_button.isVisible()
    QTest.keyClick(panel, Qt.Key.Key_Escape)
    assert panel.heading.text() == "2 problems"
    bench.rules.findings = []
    bench.window.actions_by_name["why_queue"].trigger()
    assert panel.empty.text() == "Queue orders is as it should be"
    panel.empty_back.click()
    assert panel.empty.text() == "All is well"
