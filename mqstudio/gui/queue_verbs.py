"""The verbs about all of a queue: purging a part of it, moving all, its name, programs that connect to it."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from mqstudio.gui.context import Context
from mqstudio.gui.pages import Pages
from mqstudio.gui.selected import Selected
from mqstudio.gui.widgets.ask_bar import Blank
from mqstudio.gui.widgets.queue_view import QueueView
from mqstudio.gui.words import tr
from mqstudio.model.limits import BIN_MAX_MESSAGES
from mqstudio.model.rows import MessageState
from mqstudio.model.topology import DEFAULT_VHOST
from mqstudio.model.verbs import Destination
from mqstudio.viewmodel.code.connecting import SNIPPETS, snippet
from mqstudio.viewmodel.studio import Studio
from mqstudio.viewmodel.wording import counted, plain


class QueueVerbs(QObject):
    """Does them to the queue in front; names are also of what is selected in the explorer."""

    def __init__(self, context: Context, window: QWidget, selected: Selected, pages: Pages) -> None:
        super().__init__(window)
        self._context, self._studio, self._window = context, context.studio, window
        self._selected, self._pages = selected, pages

    def handlers(self) -> dict[str, Callable[[], object]]:
        """Verb → what it does."""
        return {
            "purge_first": self.ask_purge_first,
            "purge_shown": self.purge_shown,
            "move_all": self.ask_move_all,
            "copy_name": self.copy_name,
            **{f"connect_{each.name}": partial(self.copy_snippet, each.name) for each in SNIPPETS},
        }

    def able(self) -> dict[str, Callable[[], bool]]:
        """Verb → whether it can be done now."""
        has_queue = self._selected.has_queue
        return {
            "purge_first": has_queue,
            "purge_shown": has_queue,
            "move_all": has_queue,
            "copy_name": self._has_name,
            **{f"connect_{each.name}": self._has_place for each in SNIPPETS},
        }

    # ---- purging and moving

    def ask_purge_first(self) -> None:
        """Ask how many of the head are to go."""
        view = self._selected.view()
        if view is None:
            return
        page = view.page
        ready = page.sample.ready if page.sample is not None else 0

        def act(answers: list[str]) -> None:
            run = self._studio.messages.remove_first(page.vhost, page.queue, int(answers[0]))
            self._context.spawn(run, self._window)

        def check(answers: list[str]) -> str:
            text = answers[0].strip()
            is_number = text.isascii() and text.isdigit() and 0 < int(text[:9]) <= BIN_MAX_MESSAGES
            return "" if is_number else tr("A whole number from 1 to {most}.", most=f"{BIN_MAX_MESSAGES:,}")

        view.ask_bar.ask(
            tr("Purge the first of {what} ready").format(what=counted(ready, tr("message"), tr("messages"))),
            tr("Purge"),
            act,
            Blank(tr("how many"), str(min(ready, 100) or 1)),
            check=check,
        )

    def purge_shown(self) -> None:
        """Take out of the ready messages what the filter shows."""
        view = self._selected.view()
        if view is not None:
            page = view.page
            top = page.rows.at(0)
            newest = top.message_id if top is not None and not page.is_following else None
            purge = self._studio.messages.purge_where(page.vhost, page.queue, page.filter.active, newest)
            self._context.spawn(purge, self._window)

    def ask_move_all(self) -> None:
        """Ask where to, then move all that are ready at that moment: what comes later is not swept in."""
        view = self._selected.view()
        if view is None:
            return
        ready = view.page.sample.ready if view.page.sample is not None else 0
        what = counted(ready, tr("message"), tr("messages"))
        view.ask_bar.ask(
            tr("Move all {what} to").format(what=what),
            tr("Move"),
            lambda answers: self._context.spawn(
                self._move_all(view.page.vhost, view.page.queue, answers[0]), self._window
            ),
            Blank(tr("queue"), "", other_queues(self._studio, view), is_from_list=True),
        )

    def ask_transfer(self, to: str, *, is_copy: bool = False) -> None:
        """Ask whether all of the queue in front is to go to another one: how many, and how."""
        view = self._selected.view()
        if view is None:
            return
        vhost, queue, sample = view.page.vhost, view.page.queue, view.page.sample
        number = 0 if sample is None else sample.ready + (sample.in_flight if is_copy else 0)
        what = counted(number, tr("message"), tr("messages"))
        says = tr("Copy all {what} to {to}?") if is_copy else tr("Move all {what} to {to}?")
        act = self._copy_all if is_copy else self._move_all
        view.ask_bar.ask(
            says.format(what=what, to=plain(to, 60)),
            tr("Copy") if is_copy else tr("Move"),
            lambda _: self._context.spawn(act(vhost, queue, to), self._window),
        )

    async def _move_all(self, vhost: str, queue: str, to: str) -> None:
        chosen = await self._studio.messages.freeze(vhost, queue, [MessageState.READY])
        if chosen is not None:
            await self._studio.messages.move(chosen, Destination(to))

    async def _copy_all(self, vhost: str, queue: str, to: str) -> None:
        states = [MessageState.READY, MessageState.IN_FLIGHT]
        chosen = await self._studio.messages.freeze(vhost, queue, states)
        if chosen is not None:
            await self._studio.messages.copy(chosen, Destination(to))

    # ---- names and programs

    def _name(self) -> str:
        """What is selected in the explorer, or in front."""
        node = self._selected.node()
        if node is not None:
            return node.name
        queue, exchange = self._pages.queue_view, self._pages.exchange_view
        return queue.page.queue if queue is not None else exchange.page.name if exchange is not None else ""

    def _has_name(self) -> bool:
        return bool(self._name())

    def copy_name(self) -> None:
        """Put the name on the clipboard, as it is: not as it is shown."""
        name = self._name()
        if name:
            QGuiApplication.clipboard().setText(name)
            self._studio.notices.tell(tr("Copied the name {name}.", name=plain(name, 60)))

    def _has_place(self) -> bool:
        return self._pages.queue_view is not None or self._pages.exchange_view is not None

    def copy_snippet(self, client: str, *_: object) -> None:
        """Put a program on the clipboard that reads the queue in front, or publishes by the exchange."""
        queue, exchange = self._pages.queue_view, self._pages.exchange_view
        vhost, place = DEFAULT_VHOST, dict[str, str]()
        if queue is not None:
            vhost, place = queue.page.vhost, {"queue": queue.page.queue}
        elif exchange is not None:
            vhost, place = exchange.page.vhost, {"exchange": exchange.page.name}
        if place:
            port = self._studio.workspace.port() or 5672
            QGuiApplication.clipboard().setText(snippet(client, port=port, vhost=vhost, **place))
            title = next(each.title for each in SNIPPETS if each.name == client)
            self._studio.notices.tell(tr("Copied a program for {title}.", title=title))


def other_queues(studio: Studio, view: QueueView) -> list[str]:
    """The queues that messages of a page could be moved to."""
    queues = studio.workspace.queues.values()
    return sorted(q.name for q in queues if q.vhost == view.page.vhost and q.name != view.page.queue)
