"""Forms follow the table of arguments."""

import pytest

from mqstudio.model.arguments import EXCHANGE_ARGUMENTS, POLICY_KEYS, QUEUE_ARGUMENTS, Argument, ValueKind
from mqstudio.viewmodel.argument_entries import argument_entries, read_arguments, write_values
from mqstudio.viewmodel.form import TRUE, EntryKind


def test_every_argument_has_an_entry_with_its_sentence() -> None:
    """Nothing of the table is left out."""
    entries = argument_entries(QUEUE_ARGUMENTS.values(), "Arguments", ["", "dlx"])
    assert [(e.name, e.title, e.says) for e in entries] == [
        (a.name, a.title, a.says) for a in QUEUE_ARGUMENTS.values()
    ]
    kinds = {entry.name: entry.kind for entry in entries}
    assert kinds["x-single-active-consumer"] is EntryKind.FLAG
    assert kinds["x-overflow"] is EntryKind.CHOICE
    assert kinds["x-message-ttl"] is EntryKind.TEXT
    offer = next(entry for entry in entries if entry.name == "x-dead-letter-exchange")
    assert offer.choices == (("(default)", "(default)"), ("dlx", "dlx"))


@pytest.mark.parametrize("value_kind", ValueKind)
def test_an_argument_that_is_new_in_the_table_can_be_given(value_kind: ValueKind) -> None:
    """Whatever its values are: forms know kinds of value, not names."""
    choices = ("a", "b") if value_kind is ValueKind.CHOICE else ()
    new = Argument("x-new", value_kind, "New", "Says what it does.", choices=choices)
    (entry,) = argument_entries([new], "Arguments", [])
    texts = {ValueKind.FLAG: (TRUE, True), ValueKind.CHOICE: ("a", "a"), ValueKind.AGE: ("7D", "7D"),
             ValueKind.TEXT: ("x", "x")}  # fmt: skip
    text, value = texts.get(value_kind, ("5", 5))
    assert read_arguments([new], {entry.name: text}) == ({"x-new": value}, {})


def test_wrong_values_are_said_under_their_entry() -> None:
    """Text where a number is wanted, numbers out of range."""
    typed = {"x-message-ttl": "soon", "x-max-priority": "256", "x-expires": "0", "x-max-length": " "}
    found, problems = read_arguments(QUEUE_ARGUMENTS.values(), typed)
    assert found == {}
    assert problems == {
        "x-message-ttl": "Message TTL (ms) is 'soon'; it must be a whole number.",
        "x-max-priority": "Max priority is 256; it must be at most 255.",
        "x-expires": "Expires (ms) is 0; it must be more than 0.",
    }


def test_the_default_exchange_can_be_named() -> None:
    """Its name is empty, which would read as nothing set."""
    found, _ = read_arguments(EXCHANGE_ARGUMENTS.values(), {"alternate-exchange": "(default)"})
    assert found == {"alternate-exchange": ""}


def test_what_is_set_is_shown_as_it_was_typed() -> None:
    """A policy's definition goes into its form and comes out again."""
    definition = {"message-ttl": 5, "overflow": "drop-head", "dead-letter-exchange": ""}
    values = write_values(POLICY_KEYS, definition)
    assert read_arguments(POLICY_KEYS.values(), values, by_policy_key=True) == (definition, {})
