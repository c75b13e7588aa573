"""Verbs about the table of messages in front: its columns, times, colours, and a second queue beside it."""

from collections.abc import Callable

from mqstudio.gui.context import Context
from mqstudio.gui.pages import Pages
from mqstudio.gui.words import tr
from mqstudio.viewmodel.table_layout import TimeStyle


class TableVerbs:
    """Does them."""

    def __init__(self, context: Context, pages: Pages) -> None:
        self._context, self._pages = context, pages

    def handlers(self) -> dict[str, Callable[[], object]]:
        """Verb → what it does."""
        return {
            "add_column": self.add_column,
            "usual_columns": self.usual_columns,
            "tell_time": self.tell_time,
            "colour_rules": self.colour_rules,
            "split": self.split,
        }

    def able(self) -> dict[str, Callable[[], bool]]:
        """Verb → whether it can be done now."""
        return dict.fromkeys(self.handlers(), self._has_table)

    def _has_table(self) -> bool:
        return self._pages.queue_view is not None

    def add_column(self) -> None:
        """Ask for the path of a new column."""
        view = self._pages.queue_view
        if view is not None:
            view.ask_field(max(len(view.page.columns.layout.keys) - 1, 0))

    def usual_columns(self) -> None:
        """Show the columns that all queues show."""
        view = self._pages.queue_view
        if view is not None:
            view.page.columns.layout.reset()

    def tell_time(self) -> None:
        """Tell times in the next way: the clock, how long ago, after the message before."""
        view = self._pages.queue_view
        if view is not None:
            layout, styles = view.page.columns.layout, list(TimeStyle)
            layout.tell_time(styles[(styles.index(layout.layout.time) + 1) % len(styles)])

    def colour_rules(self) -> None:
        """Open the editor of colour rules."""
        view = self._pages.queue_view
        if view is not None:
            view.ask_rules()

    def split(self) -> None:
        """Put the queue in front and the one before it side by side; or each in its tab again."""
        if not self._pages.split():
            self._context.studio.notices.tell(
                tr("Open another queue first: the two that were in front last go side by side.")
            )
