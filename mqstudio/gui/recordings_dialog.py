"""Two recordings side by side, in a window that stays open beside others."""

from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QButtonGroup, QDialog, QFileDialog, QLabel, QWidget

from mqstudio.client.recordings import recording_suffixes
from mqstudio.exporters.comparing import Side
from mqstudio.gui.context import Context
from mqstudio.gui.following import follow
from mqstudio.gui.row_table import RowTable, RowTableModel
from mqstudio.gui.theme import LARGE, MEDIUM, SMALL
from mqstudio.gui.widgets.basics import button, card, column, label, row, set_button_text, set_role, set_text
from mqstudio.gui.words import tr
from mqstudio.viewmodel.recording_pair import DIFFERENCE_COLUMNS, RecordingPair
from mqstudio.viewmodel.wording import plain

RECORDINGS = f"Recordings ({' '.join(f'*{suffix}' for suffix in recording_suffixes())});;All files (*)"
SIZE = (960, 620)
SIDES: tuple[tuple[Side | None, str], ...] = (
    (None, "All"), (Side.LEFT, "A only"), (Side.RIGHT, "B only"), (Side.BOTH, "Different"),
)  # fmt: skip


class RecordingsDialog(QDialog):
    """Shows a RecordingPair."""

    def __init__(self, context: Context, pair: RecordingPair, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Compare recordings"))
        self.pair, self._context = pair, context
        model = RowTableModel(pair.rows, DIFFERENCE_COLUMNS, context.studio.workspace.now_us, self)
        self.table = RowTable(context.theme, model, tr("Differences"))
        self.names = {side: label("", "mono") for side in (Side.LEFT, Side.RIGHT)}
        self.chooses = {side: button(tr("Choose…")) for side in self.names}
        self.summary = label("", wraps=True, selectable=True)
        self.segments = {side: button(tr(title), "segment") for side, title in SIDES}
        self._group = QButtonGroup(self)
        self._build()
        follow(self, pair.changed, self.refresh)
        self.resize(*SIZE)
        self.refresh()

    def _build(self) -> None:
        for side, choose in self.chooses.items():
            choose.setAutoDefault(False)
            choose.setAccessibleName(tr("Choose recording {name}", name=_letter(side)))
            choose.clicked.connect(partial(self.choose, side))
        for kind, segment in self.segments.items():
            self._group.addButton(segment)
            segment.setAutoDefault(False)
            segment.clicked.connect(partial(self._show, kind))
        self.segments[None].setChecked(True)
        files = [self._file(side) for side in self.names]
        tools = row(*self.segments.values(), None, gap=SMALL)
        body = column(
            label(tr("Compare recordings"), "heading"),
            row(*files, gap=MEDIUM),
            tools,
            card(column(self.table)),
            self.summary,
            margins=(LARGE, LARGE, LARGE, LARGE),
            gap=MEDIUM,
        )
        body.setStretch(3, 1)
        self.setLayout(body)

    def _file(self, side: Side) -> QWidget:
        name: QLabel = self.names[side]
        parts = row(label(_letter(side), "strong"), name, None, self.chooses[side], gap=SMALL)
        parts.setContentsMargins(MEDIUM, SMALL, SMALL, SMALL)
        return card(parts)

    def choose(self, side: Side, *_: object) -> QFileDialog:
        """Choose the file of one side."""
        title = tr("Recording {name}", name=_letter(side))
        dialog = QFileDialog(self, title, "", RECORDINGS)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(partial(self._take, side))
        dialog.open()
        return dialog

    def _take(self, side: Side, path: str) -> None:
        if side is Side.LEFT:
            self.pair.choose(left=Path(path))
        else:
            self.pair.choose(right=Path(path))
        if self.pair.is_ready():
            self._context.spawn(self.pair.compare(), self)

    def _show(self, side: Side | None, *_: object) -> None:
        self.pair.show(side)

    def refresh(self) -> None:
        """Show the pair as it stands."""
        pair = self.pair
        for side, path in ((Side.LEFT, pair.left), (Side.RIGHT, pair.right)):
            set_text(self.names[side], plain(path.name, 50) if path else tr("no file yet"))
            set_role(self.names[side], "mono" if path else "muted")
        for kind, title in SIDES:
            set_button_text(self.segments[kind], f"{tr(title)}  {pair.count(kind):,}")
        set_text(self.summary, pair.summary())
        set_role(self.summary, "bad" if pair.problem else "")


def _letter(side: Side) -> str:
    return "A" if side is Side.LEFT else "B"
