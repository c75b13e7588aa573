"""Colours for JSON text."""

import re

from PySide6.QtGui import QSyntaxHighlighter, QTextCharFormat, QTextDocument

from mqstudio.gui.theme import Theme

_TOKEN = re.compile(r'(?P<name>"(?:[^"\\]|\\.)*"(?=\s*:))|(?P<string>"(?:[^"\\]|\\.)*")|'
                    r"(?P<number>-?\d[\d.eE+-]*)|(?P<word>\b(?:true|false|null)\b)")  # fmt: skip
LINE_MAX_CHARACTERS = 5_000
"""Longer lines stay uncoloured: matching them would hold up the window."""


class JsonHighlighter(QSyntaxHighlighter):
    """Colours names, strings, numbers and words; off for anything that is not JSON."""

    def __init__(self, theme: Theme, document: QTextDocument) -> None:
        super().__init__(document)
        self._theme = theme
        self.is_on = False
        theme.changed.connect(self.rehighlight)

    def highlightBlock(self, text: str) -> None:
        if not self.is_on or len(text) > LINE_MAX_CHARACTERS:
            return
        for match in _TOKEN.finditer(text):
            look = QTextCharFormat()
            look.setForeground(self._theme.colour(f"code_{match.lastgroup}"))
            self.setFormat(match.start(), match.end() - match.start(), look)
