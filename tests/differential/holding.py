"""Holding a conversation: from a place and a name to the lines of its transcript."""

from tests.differential.chan import OverError
from tests.differential.table import CONVERSATIONS
from tests.differential.talk import Place, Talk
from tests.differential.wire import HungUpError, SilenceError


def transcript(place: Place, name: str) -> list[str]:
    """Hold a conversation with the broker at a place."""
    talk = Talk(place)
    try:
        CONVERSATIONS[name](talk)
    except OverError:
        pass  # it is written down why
    except (SilenceError, HungUpError) as ended:
        talk.say(type(ended).__name__)
    finally:
        talk.end()
    return talk.lines
