"""The table of verbs as QActions: in menus, with their keys, on or off as they can be done now."""

from collections.abc import Callable, Mapping

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu, QMenuBar, QWidget

from mqstudio.gui.theme import Theme
from mqstudio.gui.verbs import BEGINS_A_GROUP, VERBS, Verb, Where
from mqstudio.gui.widgets.basics import set_tip
from mqstudio.gui.words import tr

Handlers = Mapping[str, Callable[[], object]]
Able = Mapping[str, Callable[[], bool]]


class VerbActions:
    """One action a verb. `by_name` has them; whoever makes a table has it `attach`ed."""

    def __init__(self, window: QMainWindow, theme: Theme, handlers: Handlers, able: Able) -> None:
        self.by_name: dict[str, QAction] = {}
        self.able = dict(able)
        self._theme = theme
        self._keys: dict[str, str] = {}
        self._has_characters = True
        self._tables: list[tuple[Where, QWidget]] = []
        for verb in VERBS:
            action = QAction(tr(verb.title), window)
            if verb.is_for_tables:
                action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            action.triggered.connect(handlers[verb.name])
            self.by_name[verb.name] = action
        self._set_shortcuts()
        self.colour()

    def fill(self, menus: QMenuBar, first: Mapping[str, QMenu]) -> None:
        """Put them into menus; `first` are menus within those, at their tops."""
        made: dict[str, QMenu] = {}
        for verb in VERBS:
            menu = self._menu(menus, made, verb.menu, first)
            if verb.name in BEGINS_A_GROUP:
                menu.addSeparator()
            menu.addAction(self.by_name[verb.name])

    def _menu(self, menus: QMenuBar, made: dict[str, QMenu], path: str, first: Mapping[str, QMenu]) -> QMenu:
        if path not in made:
            outer, _, title = path.rpartition("/")
            home = self._menu(menus, made, outer, first) if outer else menus
            made[path] = home.addMenu(tr(title))
            made[path].setToolTipsVisible(False)
            if path in first:
                made[path].addMenu(first[path])
        return made[path]

    # ---- keys

    def attach(self, where: Where, table: QWidget) -> None:
        """Have a table's keys do the verbs that are about what it shows."""
        self._tables.append((where, table))
        for verb in VERBS:
            if verb.where is where and verb.is_for_tables:
                table.addAction(self.by_name[verb.name])

    def set_keys(self, keys: Mapping[str, str], *, has_characters: bool = True) -> None:
        """Use other keys for some verbs; mere characters may be switched off."""
        self._keys, self._has_characters = dict(keys), has_characters
        self._set_shortcuts()

    def keys_of(self, verb: Verb) -> str:
        """The key that does a verb now."""
        keys = self._keys.get(verb.name, verb.keys)
        is_off = not self._has_characters and verb._replace(keys=keys).is_character
        return "" if is_off else keys

    def _set_shortcuts(self) -> None:
        for verb in VERBS:
            action, keys = self.by_name[verb.name], QKeySequence(self.keys_of(verb))
            action.setShortcut(keys)
            shown = keys.toString(QKeySequence.SequenceFormat.NativeText)
            set_tip(action, f"{tr(verb.title)}  ({shown})" if shown else tr(verb.title))

    # ---- how they stand

    def refresh(self) -> None:
        """Switch each on or off, as it can be done now."""
        for name, can in self.able.items():
            self.by_name[name].setEnabled(can())

    def colour(self) -> None:
        """Draw the icons in the palette's colour."""
        for verb in VERBS:
            if verb.icon:
                self.by_name[verb.name].setIcon(self._theme.icon(verb.icon))
