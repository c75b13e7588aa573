"""What F1 says of each part of the window: what it shows, what can be done there, by which keys."""

from msgspec import Struct

from mqstudio.viewmodel.words import tr


class Explanation(Struct, frozen=True):
    """A part of the window in words: a title and a few paragraphs."""

    title: str
    paragraphs: tuple[str, ...]


def explanation(screen: str) -> Explanation:
    """What is to be said of a part of the window; of the window itself if that is not known."""
    return explanations().get(screen) or explanations()["window"]


def explanations() -> dict[str, Explanation]:
    """All of them, by the names of the parts."""
    return {**_main_parts(), **_docks(), **_pages()}


def _main_parts() -> dict[str, Explanation]:
    return {
        "window": Explanation(
            tr("The window"),
            (
                tr(
                    "On the left is what exists, in the middle what is in it, on the right one message of it."
                ),
                tr("Looking changes nothing: no count, no order, no lock. Only verbs change things."),
                tr(
                    "Ctrl+K finds every verb, queue, exchange, client and message. F6 goes from pane to pane."
                ),
                tr("What was done can be undone with Ctrl+Z, a purge and a deletion too."),
            ),
        ),
        "welcome": Explanation(
            tr("Welcome"),
            (
                tr("Copy the lines for your language into your program, start it, and it appears here."),
                tr("Without a program: start the demo shop, or send a test message to a queue of your own."),
            ),
        ),
        "explorer": Explanation(
            tr("Explorer"),
            (
                tr("Virtual hosts, their exchanges and queues, and the clients that are connected."),
                tr("Beside a queue stand the messages that are in flight and those that are ready."),
                tr("Enter opens a row, the arrows fold and unfold, / filters, the menu key has the verbs."),
            ),
        ),
        "queue": Explanation(
            tr("A queue"),
            (
                tr("Its messages, those that are done too: the ledger keeps what happened to them."),
                tr("Choosing a row shows the message on the right and takes nothing out of the queue."),
                tr("Write a filter after /, such as: body.total > 100 and state == ready."),
                tr("Space holds the list still while the broker goes on."),
            ),
        ),
        "exchange": Explanation(
            tr("An exchange"),
            (
                tr("What was published to it, and the bindings by which it sends messages on."),
                tr("A message that matches no binding goes to the alternate exchange, back, or nowhere."),
            ),
        ),
        "conversation": Explanation(
            tr("Conversation"),
            (
                tr("S shows what belongs with a message: who published, who got it, who answered, and when."),
                tr(
                    "Messages are joined by correlation id, message id, reply-to, trace, or a field you name."
                ),
                tr("A click shows a message, a double click goes to it. Esc closes the conversation."),
            ),
        ),
        "inspector": Explanation(
            tr("Inspector"),
            (
                tr("One message: its body in the form that suits it, its properties, its life, its way."),
                tr("Life has every event: published, routed, handed over, settled; and the times between."),
                tr("L shows it as a picture, with dead letters and copies, and why bindings did not match."),
            ),
        ),
    }


def _docks() -> dict[str, Explanation]:
    return {
        "rates": Explanation(
            tr("Rates"),
            (
                tr("What comes in, goes out and is settled each second, and how long messages waited."),
                tr("Drag across the chart to list the messages of that time."),
            ),
        ),
        "clients": Explanation(
            tr("Clients"),
            (
                tr("Programs that are connected: who they are, what they hold, how fast they are."),
                tr("X closes a client's connection; what it held goes back to its queues."),
            ),
        ),
        "publish": Explanation(
            tr("Composer"),
            (
                tr("A message in the making. Where it would go is said while you type."),
                tr("Ctrl+Enter sends it."),
            ),
        ),
        "policies": Explanation(
            tr("Policies"),
            (tr("Rules for queues and exchanges whose names match a pattern; the highest priority counts."),),
        ),
        "users": Explanation(
            tr("Users and permissions"),
            (tr("Who may log in, and what each may make, write to and read from in a virtual host."),),
        ),
        "replay": Explanation(
            tr("Replay"),
            (
                tr("Sends again what is selected, shown, marked, all there is, or what a file has."),
                tr("Dry run sends nothing, and shows where everything would go."),
                tr("It goes on when this is closed; replays are known by the header x-mqstudio-replay."),
            ),
        ),
        "health": Explanation(
            tr("Health of the store"),
            (
                tr("How much room the disk has, how long commits take, how far back the recorder remembers."),
                tr("When the disk is nearly full, publishers wait; nothing that was confirmed is lost."),
            ),
        ),
        "problems": Explanation(
            tr("Problems"),
            (
                tr("What is wrong, the worst first: causes hide their symptoms. Each comes with its proof."),
                tr("Show me goes there. Mute keeps a problem away until you want to see it again."),
            ),
        ),
    }


def _pages() -> dict[str, Explanation]:
    return {
        "preferences": Explanation(
            tr("Preferences"),
            (tr("Fields are in use as soon as they are changed. What is set elsewhere is shown with how."),),
        ),
        "shortcuts": Explanation(
            tr("Keyboard shortcuts"),
            (
                tr("Choose a verb, press the new keys, use them. Keys of another verb can be taken over."),
                tr("Single letters can be switched off in Preferences."),
            ),
        ),
    }
