"""The verbs on selected messages: each takes a snapshot of the selection, asks what it needs, and acts."""

from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from typing import Any

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from mqstudio.gui.context import Context
from mqstudio.gui.message_selection import Taken
from mqstudio.gui.queue_verbs import other_queues
from mqstudio.gui.selected import Selected
from mqstudio.gui.widgets.ask_bar import Blank
from mqstudio.gui.widgets.queue_view import QueueView
from mqstudio.gui.words import tr
from mqstudio.model.delivery import Outcome
from mqstudio.model.rows import MessageRow, MessageState
from mqstudio.model.verbs import Destination
from mqstudio.viewmodel.message_verbs import Chosen
from mqstudio.viewmodel.queue_page import QueuePage
from mqstudio.viewmodel.whole import whole_message
from mqstudio.viewmodel.wording import counted, exchange_title, plain

LOOKED_AT_MAX = 500
"""Of a selection so many rows decide what can be done with it."""

Act = Callable[[Chosen], Awaitable[object]]


class MessageActions(QObject):
    """What keys, buttons and menus do to messages."""

    def __init__(
        self,
        context: Context,
        window: QWidget,
        selected: Selected,
        *,
        compose: Callable[[], None],
        save_draft: Callable[[], object],
    ) -> None:
        super().__init__(window)
        self._context, self._studio, self._window = context, context.studio, window
        self._selected, self._compose, self._save_draft = selected, compose, save_draft

    def handlers(self) -> dict[str, Callable[[], object]]:
        """Verb → what it does."""
        verbs = self._studio.messages
        return {
            "edit_resend": self.edit,
            "save_template": self.save_template,
            "resend": partial(self._do, verbs.resend),
            "resend_to": self.ask_resend,
            "move": self.ask_move,
            "copy_to": self.ask_copy,
            "requeue": partial(self._do, verbs.redrive),
            "remove": self.remove,
            "release": partial(self._do, self._forcing(Outcome.RELEASED)),
            "accept": partial(self.ask_force, Outcome.ACCEPTED),
            "reject": partial(self.ask_force, Outcome.REJECTED),
        }

    def able(self) -> dict[str, Callable[[], bool]]:
        """Verb → whether it can be done now."""
        ready = partial(self.has, MessageState.READY)
        held = partial(self.has, MessageState.IN_FLIGHT)
        live = partial(self.has, MessageState.READY, MessageState.IN_FLIGHT)
        return {
            "edit_resend": self.has_one, "save_template": self.has_one,
            "resend": self.has, "resend_to": self.has, "move": ready,
            "copy_to": live, "requeue": live, "remove": ready, "release": held, "accept": held,
            "reject": held,
        }  # fmt: skip

    # ---- what is selected

    def view(self) -> QueueView | None:
        """The page whose messages are meant."""
        return self._selected.view()

    def count(self) -> int:
        """How many messages are selected, their rows here or not."""
        view = self.view()
        return view.table.selection.count() if view is not None else 0

    def rows(self, most: int = LOOKED_AT_MAX) -> list[MessageRow]:
        """The first so many selected rows that are here, from the top down."""
        view = self.view()
        return view.table.selection.rows(most) if view is not None else []

    def has(self, *states: MessageState) -> bool:
        """Whether any message is selected, in one of these states; of many not all are looked at."""
        number = self.count()
        if not number:
            return False
        rows = self.rows()
        return not states or len(rows) < number or any(row.state in states for row in rows)

    def take(self) -> Taken | None:
        """What is selected at this moment: it stays that, whatever comes and goes before it is used."""
        view = self.view()
        if view is None or not self.count():
            return None
        taken = view.table.selection.take()
        if taken is None:
            says = tr("Not all of the selection is known any more. Select it again.")
            self._studio.notices.problem(says)
        return taken

    async def chosen(self, taken: Taken) -> Chosen | None:
        """All ids of what was taken, also of rows that were not here; None if it was stopped."""
        page, ids, extent = taken.page, list(taken.ids), taken.extent
        for span in taken.spans:
            found = await self._studio.messages.freeze(
                page.vhost, page.queue, list(taken.states), taken.where,
                newest_id=span.newest, oldest_id=span.oldest,
            )  # fmt: skip
            if found is None:
                return None
            ids += found.ids
            extent |= found.extent
        return Chosen(page.vhost, page.queue, tuple(ids), extent)

    def has_one(self) -> bool:
        """Whether just one message is selected."""
        return self.count() == 1

    # ---- doing

    def edit(self) -> None:
        """Fill the composer with the selected message, and open it."""
        self._fill_composer(self._compose)

    def save_template(self) -> None:
        """Fill the composer with the selected message, and ask by which name it is to be kept."""
        self._fill_composer(self._save_draft)

    def _fill_composer(self, then: Callable[[], object]) -> None:
        view, rows = self.view(), self.rows(1)
        if view is not None and rows and self.has_one():
            self._context.spawn(self._fill(view.page, rows[0].message_id, then), self._window)

    async def _fill(self, page: QueuePage, message_id: int, then: Callable[[], object]) -> None:
        client = self._studio.workspace.client
        detail = await whole_message(client, page.vhost, page.queue, message_id)
        self._studio.composer.fill_from(detail, detail.body, page.vhost)
        then()

    def _do(self, act: Act, *_: object) -> None:
        """Do it to what is selected."""
        taken = self.take()
        if taken is not None:
            self._do_to(taken, act)

    def do_with(
        self, taken: Taken, verb: Callable[[Chosen, Destination], Coroutine[Any, Any, None]], to: Destination
    ) -> None:
        """Do a verb that needs to know where to, to what was selected."""
        self._do_to(taken, self._with(verb, to))

    def _do_to(self, taken: Taken, act: Act) -> None:
        self._context.spawn(self._act(taken, act), self._window)

    async def _act(self, taken: Taken, act: Act) -> None:
        chosen = await self.chosen(taken)
        if chosen is not None:
            await act(chosen)

    def _forcing(self, outcome: Outcome) -> Act:
        verbs = self._studio.messages
        return lambda chosen: verbs.force(chosen, outcome)

    def _with(self, verb: Callable[[Chosen, Destination], Coroutine[Any, Any, None]], to: Destination) -> Act:
        return lambda chosen: verb(chosen, to)

    # ---- asking

    def _asking(self) -> tuple[QueueView, Taken] | None:
        """Where to ask, and about what: it is taken now, and not when the answer comes."""
        view, taken = self.view(), self.take()
        return (view, taken) if view is not None and taken is not None else None

    def _messages(self) -> str:
        """What a question says that it is about; below what a filter has found so far may be more."""
        view, number = self.view(), self.count()
        if view is not None and view.table.selection.is_open:
            return tr("all that the filter finds, {number} so far,").format(
                number=counted(number, tr("message"), tr("messages"))
            )
        return counted(number, tr("message"), tr("messages"))

    def ask_move(self) -> None:
        """Ask where to, then move."""
        self._ask_queue(tr("Move {what} to"), tr("Move"), self._studio.messages.move)

    def ask_copy(self) -> None:
        """Ask where to, then copy."""
        self._ask_queue(tr("Copy {what} to"), tr("Copy"), self._studio.messages.copy)

    def _ask_queue(
        self, says: str, verb: str, act: Callable[[Chosen, Destination], Coroutine[Any, Any, None]]
    ) -> None:
        asking = self._asking()
        if asking is None:
            return
        view, taken = asking
        blank = Blank(tr("queue"), "", other_queues(self._studio, view), is_from_list=True)
        view.ask_bar.ask(
            says.format(what=self._messages()),
            verb,
            lambda answers: self._do_to(taken, self._with(act, Destination(answers[0]))),
            blank,
        )

    def ask_resend(self) -> None:
        """Ask for exchange and routing key, then publish there."""
        asking = self._asking()
        if asking is None:
            return
        view, taken = asking
        workspace, vhost = self._studio.workspace, view.page.vhost
        names = sorted(x.name for x in workspace.exchanges.values() if x.vhost == vhost and x.name)
        default = exchange_title("")
        rows = self.rows(1)
        key = rows[0].routing_key if rows and self.count() == 1 else ""

        def act(answers: list[str]) -> None:
            exchange = "" if answers[0] in ("", default) else answers[0]
            to = Destination(exchange=exchange, routing_key=answers[1] or None)
            self._do_to(taken, self._with(self._studio.messages.resend, to))

        view.ask_bar.ask(
            tr("Resend {what} by").format(what=self._messages()),
            tr("Resend"),
            act,
            Blank(tr("exchange"), default, [default, *names], is_from_list=True),
            Blank(tr("routing key; with the default exchange a queue"), key, other_queues(self._studio, view),
                  is_needed=False),
        )  # fmt: skip

    def ask_force(self, outcome: Outcome, *_: object) -> None:
        """What a consumer holds is ended for it: that cannot be undone, so it is asked."""
        asking = self._asking()
        if asking is None:
            return
        view, taken = asking
        says = {
            Outcome.ACCEPTED: tr("Accept {what} in the name of who holds them? They are done then."),
            Outcome.REJECTED: tr("Reject {what} in the name of who holds them? They die, or are dropped."),
        }[outcome]
        verb = tr("Accept") if outcome is Outcome.ACCEPTED else tr("Reject")
        act = self._forcing(outcome)
        view.ask_bar.ask(
            f"{says.format(what=self._messages())} {tr('This cannot be undone.')}",
            verb,
            lambda _: self._do_to(taken, act),
            is_danger=True,
        )

    def remove(self) -> None:
        """Delete: at once where the bin can hold them, after typing the queue's name where it cannot."""
        asking = self._asking()
        if asking is None:
            return
        view, taken = asking
        self._context.spawn(self._remove(view, taken), self._window)

    async def _remove(self, view: QueueView, taken: Taken) -> None:
        chosen, verbs = await self.chosen(taken), self._studio.messages
        if chosen is None:
            return
        if verbs.is_removal_undoable(chosen):
            await verbs.remove(chosen)
            return
        name, when = view.page.queue, chosen.extent.says(self._studio.workspace.now_us())
        what = counted(len(chosen.ids), tr("message"), tr("messages"))
        view.ask_bar.ask(
            tr("{what}, {when}, are more than the bin holds: deleting them cannot be undone. "
               "Type {name} to go on.").format(what=what, when=when, name=plain(name, 60)),
            tr("Delete for ever"),
            lambda _: self._context.spawn(verbs.remove(chosen, is_for_good=True), self._window),
            Blank(tr("queue name")),
            check=lambda answers: "" if answers[0] in (name, plain(name)) else tr("That is not its name."),
            is_danger=True,
        )  # fmt: skip
