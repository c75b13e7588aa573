"""The window's verbs as QActions: one table, from which menus, toolbar and shortcuts are made."""

from collections.abc import Callable
from typing import NamedTuple

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu, QMenuBar

from mqstudio.gui.theme import Theme
from mqstudio.gui.widgets.basics import set_tip


class Verb(NamedTuple):
    """A verb: where it is in the menus, how it reads, its icon and key; "" for none."""

    name: str
    menu: str
    title: str
    icon: str = ""
    keys: str = ""


VERBS = [
    Verb("open_file", "File", "Open file…", "folder"),
    Verb("backup", "File", "Back up…", "copy"),
    Verb("encrypt", "File", "Encrypt…", "lock"),
    Verb("decrypt_copy", "File", "Decrypt copy…"),
    Verb("show_folder", "File", "Show in folder"),
    Verb("declare", "File", "Make a queue…", "plus", "Ctrl+Shift+N"),
    Verb("declare_exchange", "File", "Make an exchange…", "exchange", "Ctrl+Shift+E"),
    Verb("declare_vhost", "File", "Make a virtual host…", "vhost"),
    Verb("close_tab", "File", "Close tab", "", "Ctrl+W"),
    Verb("quit", "File", "Quit", "", "Ctrl+Q"),
    Verb("undo", "Edit", "Undo", "undo", "Ctrl+Z"),
    Verb("filter", "Edit", "Filter messages, or the explorer", "search", "/"),
    Verb("theme_system", "View", "Look: as the system"),
    Verb("theme_light", "View", "Look: light", "sun"),
    Verb("theme_dark", "View", "Look: dark", "moon"),
    Verb("next_pane", "View", "Next pane", "", "F6"),
    Verb("previous_pane", "View", "Previous pane", "", "Shift+F6"),
    Verb("pause", "View", "Pause or resume the view", "pause", "Ctrl+Space"),
    Verb("welcome", "View", "Welcome", "home", "Ctrl+1"),
    Verb("show_rates", "View", "Rates", "rates"),
    Verb("show_clients", "View", "Clients", "clients"),
    Verb("show_publish", "View", "Composer", "send"),
    Verb("show_policies", "View", "Policies", "policy"),
    Verb("show_users", "View", "Users and permissions", "user"),
    Verb("show_health", "View", "Health of the store", "disk"),
    Verb("bind", "Queue", "Bind…", "bind"),
    Verb("purge", "Queue", "Purge", "purge", "Ctrl+Shift+Del"),
    Verb("test_message", "Queue", "Send a test message", "send"),
    Verb("delete", "Queue", "Delete…", "trash"),
    Verb("compose", "Message", "Publish…", "send", "Ctrl+N"),
    Verb("send", "Message", "Send", "", "Ctrl+Return"),
    Verb("kick", "Broker", "Close the client's connection", "kick"),
    Verb("change_vhost", "Broker", "Change virtual host…", "edit"),
    Verb("delete_vhost", "Broker", "Delete virtual host…", "trash"),
    Verb("restart", "Broker", "Restart broker", "restart"),
]


BEGINS_A_GROUP = frozenset({"declare", "close_tab", "next_pane", "welcome", "show_rates", "restart"})
"""Verbs with a line above them in the menu."""


def make_actions(
    window: QMainWindow,
    menus: QMenuBar,
    theme: Theme,
    handlers: dict[str, Callable[[], object]],
    first: dict[str, QMenu],
) -> dict[str, QAction]:
    """One action per verb, in the window's menus; `first` are menus within them, at their tops."""
    actions: dict[str, QAction] = {}
    made = {title: menus.addMenu(title) for title in dict.fromkeys(verb.menu for verb in VERBS)}
    for title, menu in first.items():
        made[title].addMenu(menu)
    for verb in VERBS:
        action = QAction(verb.title, window)
        if verb.name in BEGINS_A_GROUP:
            made[verb.menu].addSeparator()
        if verb.keys:
            action.setShortcut(QKeySequence(verb.keys))
        action.triggered.connect(handlers[verb.name])
        set_tip(action, verb.title)
        made[verb.menu].addAction(action)
        actions[verb.name] = action
    colour_actions(actions, theme)
    return actions


def colour_actions(actions: dict[str, QAction], theme: Theme) -> None:
    """Draw the icons in the palette's colour."""
    for verb in VERBS:
        if verb.icon:
            actions[verb.name].setIcon(theme.icon(verb.icon))
