"""Every verb of the window in one table: menus, toolbars, palette, shortcuts and tests read it.

A verb is one row here and one entry in somebody's `handlers()`. Keys without Ctrl, Alt or a function key act
only while a table or the tree has the keyboard, never in a text field.
"""

from enum import StrEnum
from typing import NamedTuple

MODIFIERS = ("Ctrl", "Alt", "Meta")
COPY = "Ctrl+C"
"""Fields and texts copy what is marked in them."""


class Where(StrEnum):
    """What a verb is about."""

    WINDOW = "window"
    MESSAGES = "messages"
    QUEUE = "queue"
    EXCHANGE = "exchange"
    VHOST = "vhost"
    CLIENT = "client"
    CONSUMER = "consumer"


class Verb(NamedTuple):
    """A verb: where it is in the menus, how it reads, its icon and key; "" for none.

    menu: "Message/Copy" is a menu within one. words: what else people call it, for the palette.
    """

    name: str
    menu: str
    title: str
    icon: str = ""
    keys: str = ""
    words: str = ""
    where: Where = Where.WINDOW

    @property
    def is_for_tables(self) -> bool:
        """Whether its key acts only while a table of what it is about has the keyboard."""
        if not self.keys or self.where is Where.WINDOW:
            return False
        is_function = self.keys.rpartition("+")[2][1:].isdigit()
        return self.keys == COPY or not (is_function or any(part in self.keys for part in MODIFIERS))

    @property
    def is_character(self) -> bool:
        """Whether its key is a mere character, which a person may want to switch off."""
        last = self.keys.rpartition("+")[2] if len(self.keys) > 1 else self.keys
        return len(last) == 1 and not any(part in self.keys for part in MODIFIERS)


_M, _Q = Where.MESSAGES, Where.QUEUE

VERBS = [
    Verb("open_file", "File", "Open file…", "folder", "Ctrl+O", "look into profile trace recording import"),
    Verb("compare_recordings", "File", "Compare recordings…", "", "", "diff two traces side by side"),
    Verb("backup", "File", "Back up…", "copy", "", "save copy snapshot"),
    Verb("encrypt", "File", "Encrypt…", "lock", "", "passphrase key password"),
    Verb("decrypt_copy", "File", "Decrypt copy…"),
    Verb("show_folder", "File", "Show in folder", "", "", "reveal profile directory"),
    Verb("replay_file", "File", "Replay a file…", "play", "", "play recording jsonl mqs trace log"),
    Verb("declare", "File", "Make a queue…", "plus", "Ctrl+Shift+N", "new create declare queue"),
    Verb("declare_exchange", "File", "Make an exchange…", "exchange", "Ctrl+Shift+E", "new create declare"),
    Verb("declare_vhost", "File", "Make a virtual host…", "vhost", "", "new create declare namespace"),
    Verb("import_definitions", "File", "Import definitions…", "folder", "", "rabbitmq json load"),
    Verb("export_definitions", "File", "Export definitions…", "", "", "rabbitmq json save topology"),
    Verb("export_vhost", "File", "Export definitions of this virtual host…", "", "", "rabbitmq json save"),
    Verb("close_tab", "File", "Close tab", "", "Ctrl+W"),
    Verb("quit", "File", "Quit", "", "Ctrl+Q", "exit"),
    Verb("undo", "Edit", "Undo", "undo", "Ctrl+Z", "take back restore"),
    Verb("redo", "Edit", "Redo", "redo", "Ctrl+Shift+Z", "again"),
    Verb("palette", "Edit", "Find anything…", "search", "Ctrl+K", "command palette search go to run"),
    Verb("filter", "Edit", "Filter messages, or the explorer", "search", "/", "find search where"),
    Verb("preferences", "Edit", "Preferences…", "settings", "Ctrl+,", "settings options font size language"),
    Verb("shortcuts", "Edit", "Keyboard shortcuts…", "keyboard", "", "keys remap hotkeys"),
    Verb("theme_system", "View", "Look: as the system", "", "", "theme"),
    Verb("theme_light", "View", "Look: light", "sun", "", "theme bright"),
    Verb("theme_dark", "View", "Look: dark", "moon", "", "theme night"),
    Verb("theme_contrast", "View", "Look: high contrast", "", "", "theme accessibility"),
    Verb("next_pane", "View", "Next pane", "", "F6"),
    Verb("previous_pane", "View", "Previous pane", "", "Shift+F6"),
    Verb("pause", "View", "Pause or resume the view", "pause", "Space", "freeze stop follow", _M),
    Verb("split", "View", "Two queues side by side, or one", "split", "Ctrl+\\", "split compare halves tabs"),
    Verb("timeline", "View", "Timeline above the messages, or none", "rates", "",
         "volume histogram bars over time brush range"),
    Verb("add_column", "View", "Add a column from a path…", "plus", "", "json field header property columns"),
    Verb("usual_columns", "View", "Show the usual columns", "", "", "reset columns default layout"),
    Verb("tell_time", "View", "Tell times otherwise", "clock", "", "relative absolute age since previous"),
    Verb("colour_rules", "View", "Colour rules…", "filter", "", "color highlight marks conditional"),
    Verb("messages", "View", "Messages", "queue", "Ctrl+1", "queue table rows list back"),
    Verb("flow", "View", "Flow", "flow", "Ctrl+2", "topology map graph diagram live bindings"),
    Verb("welcome", "View", "Welcome", "home", "Alt+Home", "start first page connect"),
    Verb("show_rates", "View", "Rates", "rates", "", "graphs charts latency throughput"),
    Verb("show_clients", "View", "Clients", "clients", "", "connections channels programs"),
    Verb("show_publish", "View", "Composer", "send", "", "publish dock"),
    Verb("show_conversation", "View", "Conversations", "", "", "sequence diagram dock"),
    Verb("show_policies", "View", "Policies", "policy"),
    Verb("show_users", "View", "Users and permissions", "user", "", "access rights password"),
    Verb("show_health", "View", "Health of the store", "disk", "", "disk recorder ledger"),
    Verb("show_replay", "View", "Replay", "play", "", "replay panel recording"),
    Verb("show_problems", "View", "Problems", "warning", "",
         "warnings doctor diagnosis wrong errors connection failed"),
    Verb("edit_settings", "Queue", "Edit settings…", "edit", "F2",
         "change arguments policy ttl dead letter rules configure", _Q),
    Verb("bind", "Queue", "Bind…", "bind", "", "binding route", _Q),
    Verb("why_queue", "Queue", "Why is the queue so?", "info", "",
         "reason explain stuck waits grows nothing delivered consumers", _Q),
    Verb("show_in_flow", "Queue", "Show in the flow", "flow", "T", "topology map trace where from", _Q),
    Verb("test_message", "Queue", "Send a test message", "send", "", "publish try", _Q),
    Verb("pause_queue", "Queue", "Pause or resume the queue", "pause", "P", "stop hold freeze deliver", _Q),
    Verb("purge", "Queue", "Purge", "purge", "Ctrl+Shift+Del", "empty clear delete all", _Q),
    Verb("purge_first", "Queue", "Purge the first…", "", "", "empty clear delete head some n", _Q),
    Verb("purge_shown", "Queue", "Purge what is shown", "", "", "empty clear delete filter matching", _Q),
    Verb("move_all", "Queue", "Move all to…", "move", "", "shovel transfer drain empty into", _Q),
    Verb("copy_name", "Queue", "Copy name", "copy", "", "clipboard"),
    *(
        Verb(f"connect_{name}", "Queue/Copy connection snippet", f"Connect with {title}", "", "",
             f"clipboard code connect program url consumer {words}", _Q)
        for name, title, words in (
            ("python", "Python (pika)", ""), ("aio_pika", "Python (aio-pika)", "asyncio"),
            ("javascript", "JavaScript (amqplib)", "node"), ("java", "Java", ""),
            ("csharp", "C#", "dotnet .net"), ("go", "Go", "golang"),
        )
    ),
    Verb("delete", "Queue", "Delete…", "trash", "", "remove drop queue exchange", _Q),
    Verb("compose", "Message", "Publish…", "send", "Ctrl+N", "new message write produce"),
    Verb("send", "Message", "Send", "", "Ctrl+Return", "publish draft"),
    Verb("send_later", "Message", "Send later…", "", "", "schedule at time delay plan"),
    Verb("save_draft", "Message", "Save to the library…", "star", "Ctrl+S", "template keep draft"),
    Verb("show_sent", "Message", "What was sent", "", "Ctrl+H", "history recall published again"),
    Verb("show_library", "Message", "Library of messages", "", "", "saved templates import export"),
    Verb("edit_resend", "Message", "Edit and resend", "edit", "E", "reproduce republish change", _M),
    Verb("resend", "Message", "Resend", "send", "R", "resubmit republish replay again duplicate", _M),
    Verb("resend_to", "Message", "Resend to…", "", "Shift+R", "resubmit republish replay forward", _M),
    Verb("move", "Message", "Move to…", "move", "M", "shovel transfer", _M),
    Verb("copy_to", "Message", "Copy to…", "copy", "C", "duplicate clone", _M),
    Verb("requeue", "Message", "Requeue or redrive", "undo", "Q",
         "resubmit retry return dead letter dlq back to source replay", _M),
    Verb("remove", "Message", "Delete", "trash", "Del", "remove drop discard bin", _M),
    Verb("mark", "Message/Mark", "Mark", "star", "*", "flag star bookmark pin", _M),
    *(
        Verb(f"colour_{number}", "Message/Mark", f"Colour: {name}", "", str(number), "color mark label", _M)
        for number, name in enumerate(("red", "amber", "green", "blue", "violet", "pink", "grey"), 1)
    ),
    Verb("filter_marked", "Message/Mark", "Show only what is marked", "filter", "",
         "search starred colour bookmarks", _M),
    Verb("comment", "Message/Mark", "Comment…", "edit", "", "note annotate", _M),
    Verb("conversation", "Message", "Conversation", "flow", "S",
         "sequence diagram correlation id trace request reply who", _M),
    Verb("lifecycle", "Message", "Lifecycle", "clock", "L",
         "timeline history what happened life trace events show", _M),
    Verb("why", "Message", "Why?", "info", "W",
         "reason explain cause unroutable lost missing dead letter redelivered waits stuck", _M),
    *(
        Verb(f"{name}_{what}", f"Message/{menu}", f"{menu} this {title}", icon if what == "value" else "",
             key if what == "value" else "", f"find search same like only {words}", _M)
        for name, menu, icon, key in (
            ("filter", "Filter by", "filter", "F"), ("exclude", "Exclude", "", "Shift+F"),
        )
        for what, title, words in (
            ("value", "value", "cell column"), ("key", "routing key", ""),
            ("correlation", "correlation id", "conversation"), ("publisher", "publisher", "producer client"),
            ("shape", "shape of body", "fields json schema"),
        )
    ),
    Verb("find_in_body", "Message", "Find in the body", "search", "Ctrl+F", "search text payload"),
    Verb("compare", "Message", "Compare", "compare", "=", "diff difference two", _M),
    Verb("save_template", "Message", "Save as template…", "star", "", "library keep reuse", _M),
    Verb("copy_body", "Message/Copy", "Copy the body", "copy", "Ctrl+C", "clipboard payload", _M),
    Verb("copy_headers", "Message/Copy", "Copy the headers", "", "", "clipboard properties", _M),
    Verb("copy_json", "Message/Copy", "Copy as JSON", "", "", "clipboard export jsonl", _M),
    *(
        Verb(f"copy_{name}", "Message/Copy", f"Copy as {title}", "", "", f"clipboard code {words}", _M)
        for name, title, words in (
            ("python", "Python (pika)", "snippet"), ("javascript", "JavaScript (amqplib)", "node"),
            ("java", "Java", "snippet"), ("csharp", "C#", "dotnet .net"), ("go", "Go", "golang"),
            ("shell", "shell command", "bash cli curl line"),
        )
    ),
    Verb("replay", "Message", "Replay…", "play", "Ctrl+R",
         "play again recording resend republish speed selection"),
    Verb("replay_from_here", "Message", "Replay from here…", "", "Ctrl+Shift+R",
         "play again recording onwards", _M),
    Verb("export", "Message", "Export messages…", "folder", "Ctrl+E",
         "save file jsonl csv download dump trace opentelemetry otlp selection", _Q),
    Verb("release", "Message/Force", "Release (requeue)", "", "", "nack requeue unlock abandon", _M),
    Verb("accept", "Message/Force", "Accept (done)", "", "", "ack acknowledge complete in flight", _M),
    Verb("reject", "Message/Force", "Reject (dead-letter)", "", "", "nack dead letter dlq in flight", _M),
    Verb("kick", "Broker", "Kick client", "kick", "X", "close connection disconnect drop", Where.CLIENT),
    Verb("pause_client", "Broker", "Pause or resume the client", "pause", "P", "stop hold", Where.CLIENT),
    Verb("pause_consumer", "Broker", "Pause or resume the consumer", "pause", "P", "stop hold",
         Where.CONSUMER),
    Verb("pause_all", "Broker", "Pause or resume everything", "pause", "Ctrl+Shift+Space",
         "freeze stop hold"),
    Verb("change_vhost", "Broker", "Change virtual host…", "edit", "", "tracing type", Where.VHOST),
    Verb("limit_vhost", "Broker", "Limits of the virtual host…", "", "", "max connections queues quota",
         Where.VHOST),
    Verb("delete_vhost", "Broker", "Delete virtual host…", "trash", "", "remove drop", Where.VHOST),
    Verb("restart", "Broker", "Restart broker", "restart", "", "reboot"),
    Verb("explain", "Help", "Explain this screen", "info", "F1", "help what is documentation"),
]  # fmt: skip

BY_NAME = {verb.name: verb for verb in VERBS}

BEGINS_A_GROUP = frozenset(
    {
        "declare", "import_definitions", "close_tab", "filter", "next_pane", "welcome", "show_rates",
        "pause_queue", "delete",
        "edit_resend", "move", "remove", "mark", "compare", "colour_1", "comment", "copy_python",
        "pause_all", "change_vhost",
        "restart",
    }
)  # fmt: skip
"""Verbs with a line above them in the menu."""


def keys_of(name: str) -> str:
    """The key of a verb as it comes, for tips of its buttons."""
    return BY_NAME[name].keys
