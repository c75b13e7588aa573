"""The flow page: the picture, what can be done with it, and what is selected in it."""

from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtCore import QBuffer, QByteArray, QPoint, Qt, Signal
from PySide6.QtGui import QGuiApplication, QHideEvent, QImageWriter, QShowEvent
from PySide6.QtWidgets import QFileDialog, QLineEdit, QMenu, QPushButton, QStackedWidget, QToolButton, QWidget

from mqstudio.gui.context import Context
from mqstudio.gui.following import Refresher, follow
from mqstudio.gui.form_dialog import FormDialog, open_form
from mqstudio.gui.theme import MEDIUM, SMALL
from mqstudio.gui.widgets.basics import (
    button,
    card,
    column,
    holder,
    icon_button,
    label,
    row,
    rule,
    set_text,
    set_tip,
    verbatim,
)
from mqstudio.gui.widgets.flow_canvas import FlowCanvas
from mqstudio.model.topology import BindingSpec
from mqstudio.viewmodel.binding_form import BindingForm
from mqstudio.viewmodel.flow import EdgeKey, binding_title
from mqstudio.viewmodel.flow_clusters import CLUSTER
from mqstudio.viewmodel.flow_export import Inks, to_mermaid, to_svg
from mqstudio.viewmodel.flow_graph import FlowEdge, NodeKey, Part
from mqstudio.viewmodel.words import tr

EMPTY_WIDTH: Final = 460

INKS: Final = {
    "ground": "surface", "node": "raised", "line": "field_line", "text": "text", "muted": "muted",
    "edge": "chart_in", "lost": "dropped", "dead": "dead_lettered",
}  # fmt: skip
"""Colours of a saved picture, by their names in the palette."""


class FlowView(QWidget):
    """Shows a Flow. queue_wanted, exchange_wanted(virtual host, name), client_wanted(connection): open these.

    messages_wanted: a virtual host, a queue, and the filter for what of it is meant.
    """

    queue_wanted = Signal(str, str)
    exchange_wanted = Signal(str, str)
    client_wanted = Signal(int)
    messages_wanted = Signal(str, str, str)
    demo_wanted = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context, self.flow = context, context.studio.flow
        theme = context.theme
        self.canvas = FlowCanvas(theme, self.flow)
        self.search = QLineEdit()
        self.search.setPlaceholderText(tr("Find by name"))
        self.search.setAccessibleName(tr("Find in the flow"))
        self.search.setClearButtonEnabled(True)
        self.search.setMaximumWidth(220)
        self.fit_button = button(tr("Fit"), "quiet", tip_text=tr("Show everything"), shortcut="0")
        self.anew_button = button(
            tr("Lay out anew"), "quiet", tip_text=tr("Forget where nodes were put, and lay all out again")
        )
        self.names_button = self._chip(tr("Names only"), tr("Leave figures out"))
        self.animate_button = self._chip(tr("Animate"), tr("Let dots run where messages do"))
        self.trace_button = self._chip(
            tr("Trace message"), tr("Mark the way of the message that was looked at last")
        )
        self.close_button = button(
            tr("Close clusters"), "quiet", tip_text=tr("Let names that begin alike stand together again")
        )
        self.export_button = self._export_button()
        self.details = label("", "muted", wraps=True, selectable=True)
        self.details.setAccessibleName(tr("What is selected in the flow"))
        self.demo_button = button(tr("Open the demo shop"), "primary", icon=theme.icon("play", "on_accent"))
        self._stack = QStackedWidget()
        self._build()
        self._connect()
        self._refresh()

    def _chip(self, text: str, says: str) -> QPushButton:
        made = button(text, "chip", tip_text=says)
        made.setAccessibleName(text)
        return made

    def _export_button(self) -> QToolButton:
        made = icon_button(self._context.theme.icon("copy"), tr("Save or copy the picture"))
        made.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.export_menu = QMenu(made)
        for text, action in (
            (tr("Save as SVG…"), partial(self.ask, "svg")),
            (tr("Save as PNG…"), partial(self.ask, "png")),
            (tr("Save as Mermaid…"), partial(self.ask, "mmd")),
            (tr("Copy as Mermaid"), self.copy_mermaid),
        ):
            self.export_menu.addAction(text, action)
        made.setMenu(self.export_menu)
        return made

    def _build(self) -> None:
        tools = row(
            self.search, self.fit_button, self.anew_button, self.names_button, self.animate_button,
            self.trace_button, self.close_button, None, self.export_button,
            margins=(MEDIUM, SMALL, MEDIUM, SMALL),
        )  # fmt: skip
        legend = label(
            tr("Width: messages a second · red: unroutable · dashed: dead letters and alternates"), "caption"
        )
        foot = column(self.details, legend, margins=(MEDIUM, SMALL, MEDIUM, SMALL), gap=2)
        self._stack.addWidget(self.canvas)
        self._stack.addWidget(self._empty())
        body = column(tools, rule(), self._stack, rule(), foot, gap=0)
        body.setStretch(2, 1)
        self.setLayout(column(card(body)))

    def _empty(self) -> QWidget:
        title = label(tr("Nothing flows yet"), "heading")
        says = label(
            tr(
                "Here you see who publishes to which exchange, which bindings lead on to which queues, and "
                "who takes the messages: live, each way as wide as it is busy. Connect a client and declare "
                "a queue, or open the demo shop to see one at work."
            ),
            "muted",
            wraps=True,
        )
        says.setFixedWidth(EMPTY_WIDTH)
        for each in (title, says):
            each.setAlignment(Qt.AlignmentFlag.AlignCenter)
        inner = column(None, title, says, row(None, self.demo_button, None), None, gap=MEDIUM)
        return holder(row(None, holder(inner), None))

    def _connect(self) -> None:
        flow, context = self.flow, self._context
        Refresher(self, context, flow.wants_refresh, flow.refresh)
        follow(self, flow.changed, self._refresh)
        self.canvas.opened.connect(self.open)
        self.canvas.menu_wanted.connect(self._on_menu)
        self.canvas.bind_wanted.connect(self.ask_bind)
        self.canvas.unbind_wanted.connect(self._on_unbind_wanted)
        self.search.textChanged.connect(flow.search)
        self.search.returnPressed.connect(self._on_next_found)
        self.fit_button.clicked.connect(self._on_fit)
        self.anew_button.clicked.connect(self._on_anew)
        self.names_button.toggled.connect(flow.set_names_only)
        self.animate_button.toggled.connect(flow.set_animated)
        self.trace_button.toggled.connect(flow.set_tracing)
        self.close_button.clicked.connect(flow.close_clusters)
        self.demo_button.clicked.connect(self.demo_wanted)
        context.theme.changed.connect(self._on_theme_changed)

    # ---- following

    def _refresh(self) -> None:
        flow = self.flow
        self._stack.setCurrentIndex(1 if flow.is_empty else 0)
        lines = flow.details()
        hint = tr("Select a node or a way. Drag from an exchange onto a queue to bind them.")
        set_text(self.details, "\n".join(lines[:4]) if lines else hint)
        self.close_button.setVisible(flow.is_clustered)
        self.close_button.setEnabled(flow.has_opened)
        for chip, is_on in (
            (self.names_button, flow.names_only),
            (self.animate_button, flow.is_animated),
            (self.trace_button, flow.traced is not None),
        ):
            if chip.isChecked() != is_on:
                chip.setChecked(is_on)
        self.trace_button.setEnabled(flow.can_trace or flow.traced is not None)
        self.animate_button.setEnabled(not self._context.theme.is_still)

    def _on_theme_changed(self) -> None:
        theme = self._context.theme
        self.export_button.setIcon(theme.icon("copy"))
        self.demo_button.setIcon(theme.icon("play", "on_accent"))
        says = (
            tr("Motion is reduced in the preferences")
            if theme.is_still
            else tr("Let dots run where messages do")
        )
        set_tip(self.animate_button, says)
        self._refresh()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.flow.set_visible(True)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.flow.set_visible(False)

    def _on_fit(self) -> None:
        self.canvas.fit()

    def _on_anew(self) -> None:
        self.flow.arrange_anew()
        self.canvas.fit()

    def _on_next_found(self) -> None:
        self.flow.next_found()
        if isinstance(self.flow.selected, NodeKey):
            self.canvas.reveal(self.flow.selected)

    def focus_search(self) -> None:
        """Into the field that finds names."""
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    # ---- verbs

    def show_node(self, key: NodeKey) -> None:
        """Select a node, wherever it is, and move to it."""
        self.flow.set_visible(True)
        if self.flow.show(key) and isinstance(self.flow.selected, NodeKey):
            self.canvas.reveal(self.flow.selected)
            self.canvas.setFocus(Qt.FocusReason.OtherFocusReason)

    def open(self, what: NodeKey | EdgeKey) -> None:
        """Open the page of a node; of a way, the messages on it; a cluster falls apart."""
        if not isinstance(what, NodeKey):
            self.show_messages(self.flow.graph.edges[what])
        elif what.number == CLUSTER:
            self.flow.toggle_cluster(what)
        elif what.part is Part.QUEUE:
            self.queue_wanted.emit(what.vhost, what.name)
        elif what.part is Part.EXCHANGE:
            self.exchange_wanted.emit(what.vhost, what.name)
        else:
            node = self.flow.graph.nodes[what]
            if node.ids:
                self.client_wanted.emit(node.ids[0])

    def show_messages(self, edge: FlowEdge) -> None:
        """The messages that went this way, in a queue that they came to."""
        found = self.flow.messages_on(edge)
        if found is not None:
            self.messages_wanted.emit(*found)
        else:
            self._context.studio.notices.tell(tr("No queue here shows these messages alone."))

    def ask_bind(self, source: NodeKey, target: NodeKey) -> FormDialog | None:
        """Open the form for a binding between two nodes."""
        ends = self.flow.binding_between(source, target)
        if not ends:
            self._context.studio.notices.tell(
                tr("A binding leads from an exchange to a queue or an exchange of the same virtual host.")
            )
            return None
        exchange, queue = ends.get("exchange", ""), ends.get("queue", "")
        form = BindingForm(self._context.studio.site, source.vhost, exchange=exchange, queue=queue)
        for name in ("to", "destination"):
            if name in ends:
                form.edit(name, ends[name])
        return open_form(self._context, form, self.window())

    def unbind(self, vhost: str, spec: BindingSpec) -> None:
        """Delete a binding; it can be had back."""
        self._context.spawn(self._context.studio.removals.unbind(vhost, spec), self)

    def _on_unbind_wanted(self, edge: FlowEdge) -> None:
        bindings = self.flow.bindings_of(edge)
        if len(bindings) == 1:
            self.unbind(edge.source.vhost, bindings[0])
        else:
            self._context.studio.notices.tell(
                tr("This way has several bindings: its menu deletes one of them.")
                if bindings
                else tr("Only bindings can be deleted here.")
            )

    def menu_for(self, what: NodeKey | EdgeKey) -> QMenu:
        """What can be done with a node or a way."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if isinstance(what, NodeKey):
            is_cluster = what.number == CLUSTER
            menu.addAction(tr("Show one by one") if is_cluster else tr("Open"), partial(self.open, what))
            return menu
        edge = self.flow.graph.edges[what]
        messages = menu.addAction(tr("Show messages on this way"), partial(self.show_messages, edge))
        messages.setEnabled(self.flow.messages_on(edge) is not None)
        bindings = self.flow.bindings_of(edge)
        if bindings:
            menu.addSeparator()
        for spec in bindings:
            menu.addAction(verbatim(binding_title(spec)), partial(self.unbind, edge.source.vhost, spec))
        return menu

    def _on_menu(self, what: NodeKey | EdgeKey, place: QPoint) -> None:
        self.menu_for(what).popup(place)

    # ---- export

    def mermaid(self) -> str:
        """What is shown, as a Mermaid flowchart."""
        return to_mermaid(self.flow.graph)

    def copy_mermaid(self) -> None:
        """Put the flowchart on the clipboard."""
        QGuiApplication.clipboard().setText(self.mermaid())
        self._context.studio.notices.tell(tr("Copied the flow as Mermaid."))

    def ask(self, suffix: str) -> QFileDialog:
        """Ask where the picture goes."""
        dialog = QFileDialog(self, tr("Save the flow"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(suffix)
        dialog.selectFile(f"flow.{suffix}")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.save)
        dialog.open()
        return dialog

    def save(self, path: str) -> None:
        """Write the picture to a file: what it ends with says how."""
        suffix = Path(path).suffix.lower()
        if suffix == ".png":
            data = self._png()
        else:
            data = (self.mermaid() if suffix == ".mmd" else self._svg()).encode()
        notices = self._context.studio.notices
        try:
            Path(path).write_bytes(data)
        except OSError as error:
            notices.problem(tr("{path} could not be written: {why}.", path=path, why=error.strerror))
        else:
            notices.tell(tr("Saved {path}.", path=path))

    def _svg(self) -> str:
        colours = self._context.theme.colours
        inks: Inks = {use: getattr(colours, name) for use, name in INKS.items()}
        return to_svg(self.flow.graph, self.flow.places, inks)

    def _png(self) -> bytes:
        data = QByteArray()
        buffer = QBuffer(data)
        buffer.open(QBuffer.OpenModeFlag.WriteOnly)
        QImageWriter(buffer, QByteArray(b"png")).write(self.canvas.image())
        return bytes(data.data())
