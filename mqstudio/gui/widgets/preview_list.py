"""What a pattern finds: headings and names, each with a sign."""

from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from mqstudio.gui.theme import LARGE, MEDIUM, SMALL, TINY, Theme
from mqstudio.gui.widgets.basics import card, column, holder, label, row
from mqstudio.gui.words import tr
from mqstudio.viewmodel.form import Preview

_SIGNS = {"good": ("check", "done"), "bad": ("warning", "dropped"), "quiet": ("info", "muted")}


class PreviewList(QWidget):
    """Shows previews; rebuilt when they change, which is while one types."""

    def __init__(self, theme: Theme, top: int = 0) -> None:
        super().__init__()
        self._theme = theme
        self._shown: list[Preview] = []
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setAccessibleName(tr("What it applies to"))
        body = column(self._scroll, margins=(MEDIUM, MEDIUM, SMALL, MEDIUM))
        self.setLayout(column(card(body, "inner-raised"), margins=(0, top, LARGE, MEDIUM)))
        theme.changed.connect(self._build)

    def show_previews(self, previews: list[Preview]) -> None:
        """Show others, if they are others."""
        if previews == self._shown:
            return
        self._shown = list(previews)
        self._build()

    def _build(self) -> None:
        previews = self._shown
        parts: list[QWidget | int | None] = []
        for preview in previews:
            parts += [label(preview.title, "strong", wraps=True)]
            parts += [self._line(sign, words) for sign, words in preview.lines]
            parts += [SMALL]
        self._scroll.setWidget(holder(column(*parts, None, gap=TINY)))
        self.setAccessibleName("; ".join(preview.title for preview in previews))

    def _line(self, sign: str, words: str) -> QWidget:
        mark = label()
        mark.setPixmap(self._theme.icon(*_SIGNS[sign]).pixmap(14, 14))
        made = row(mark, label(words, "muted" if sign == "quiet" else "", wraps=True, selectable=True))
        made.setStretch(1, 1)
        return holder(made)
