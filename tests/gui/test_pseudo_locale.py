"""In the language of tests every text of the window is in brackets: what is not was never given to tr().

Names of queues and clients here are made of digits, so that they are no words of any language.
"""

import re
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication, QLabel, QMenu, QPushButton
from pytestqt.qtbot import QtBot

from mqstudio.gui.theme import Theme
from mqstudio.gui.words import PSEUDO, speak
from mqstudio.viewmodel.words import Catalogue
from tests.gui.conftest import Bench
from tests.gui.walking import texts

NAMES = frozenset(
    [
        "MQ", "Studio", "RabbitMQ", "AMQP", "amqp", "guest", "localhost", "amq", "direct", "fanout",
        "topic", "headers", "classic", "quorum", "stream", "durable", "transient", "gzip", "JSON",
        "CSV", "PNG", "SVG", "Python", "pika", "Ctrl", "Shift", "Alt", "Esc", "Del", "Return", "Enter",
        "Space", "UTF", "utf", "hex", "TLS", "https", "http", "ms", "KB", "MB", "GB",
    ]
)  # fmt: skip
"""Names of programs, protocols, formats, keys and units, and AMQP's own words: the same in every language."""

QT_OWN = frozenset(["Close", "Float", "Scroll Left", "Scroll Right", "Press shortcut"])
"""What Qt calls parts of its own, in the language that Qt has a translation for."""

WORD = re.compile(r"[^\W\d_]{2,}")


@pytest.fixture
def _pseudo() -> Iterator[None]:
    speak(Catalogue(PSEUDO, "Pseudo"))
    yield
    speak(None)


@pytest.fixture
def pseudo_bench(_pseudo: None, qtbot: QtBot, theme: Theme, settings: QSettings) -> Iterator[Bench]:
    """A window in the language of tests, with every kind of page."""
    bench = Bench(theme, settings)
    qtbot.addWidget(bench.window)
    with qtbot.waitExposed(bench.window):
        bench.window.show()
    bench.broker.add_queue("2024", 2)
    bench.broker.add_client(1, name="77", product="", version="", platform="", user="")
    bench.sample()
    bench.window.open_exchange("/", "amq.direct")
    bench.window.comfort.open_preferences()
    bench.window.comfort.open_shortcuts()
    bench.window.comfort.card.explain("queue")
    bench.window.open_queue("/", "2024")
    yield bench
    bench.window.comfort.is_quitting = True
    bench.window.close()


def outside_brackets(text: str) -> str:
    """What of a text did not come out of tr()."""
    kept, depth = "", 0
    for letter in re.sub(r"<[^>]*>", "", text):
        depth += {"[": 1, "]": -1}.get(letter, 0)
        kept += letter if depth <= 0 and letter != "]" else " "
    return kept


def english(text: str) -> list[str]:
    """Words of a text that were not translated, names left out."""
    return [word for word in WORD.findall(outside_brackets(text)) if word not in NAMES]


def test_what_is_in_brackets_is_translated() -> None:
    """Names beside it, and words that were forgotten, are told apart."""
    assert english("[Ĉlöŝê~~] JSON [a [b] c]") == []
    assert english("[Ĉlöŝê~~] forgotten") == ["forgotten"]


def test_every_text_passes_through_tr(pseudo_bench: Bench) -> None:
    """Labels, buttons, tips, tabs, heads of columns, menus, and what a screen reader says."""
    said = {(whose, text) for whose, text in texts(pseudo_bench.window) if text not in QT_OWN}
    found = sorted((whose, text) for whose, text in said if english(text))
    assert found == []


def test_menus_and_verbs_pass_through_tr(pseudo_bench: Bench) -> None:
    """All menus, those within menus too."""
    titles = [action.text() for action in pseudo_bench.window.actions_by_name.values()]
    titles += [menu.title() for menu in pseudo_bench.window.findChildren(QMenu)]
    assert [title for title in titles if english(title)] == []


def test_nothing_is_clipped_when_texts_are_longer(pseudo_bench: Bench) -> None:
    """Two fifths longer than English, a button still has room for its words."""
    QApplication.sendPostedEvents()
    buttons = [
        each for each in pseudo_bench.window.findChildren(QPushButton) if each.isVisible() and each.text()
    ]
    narrow = [
        each.text()
        for each in buttons
        if each.fontMetrics().horizontalAdvance(each.text()) > each.width() and each.width() > 0
    ]
    assert buttons and narrow == []


def test_labels_of_one_line_have_room(pseudo_bench: Bench) -> None:
    """Those that wrap have it below; others are as wide as their words, or may be cut with an ellipsis."""
    labels = [each for each in pseudo_bench.window.findChildren(QLabel) if each.isVisible() and each.text()]
    tall = [each.text() for each in labels if each.height() < each.fontMetrics().height() - 1]
    assert labels and tall == []
