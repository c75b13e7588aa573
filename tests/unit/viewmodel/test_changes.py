"""What changes, in lines."""

from mqstudio.model.arguments import QUEUE_ARGUMENTS
from mqstudio.viewmodel.changes import argument_changes, diff_preview, flag_change, text_change


def test_arguments_are_told_as_people_say_them() -> None:
    was = {"x-message-ttl": 60_000, "x-max-length": 5, "x-odd": "a", "x-overflow": "drop-head"}
    becomes = {
        "x-message-ttl": 30_000,
        "x-dead-letter-exchange": "",
        "x-odd": True,
        "x-overflow": "drop-head",
    }
    assert [each.says for each in argument_changes(QUEUE_ARGUMENTS, was, becomes)] == [
        "Message TTL: 60 s → 30 s",
        "Max length: 5 → not set",
        "Dead-letter exchange: not set → (default)",
        "x-odd: a → yes",
    ]


def test_flags_and_texts_that_stay_are_no_changes() -> None:
    assert flag_change("f", "Durable", True, True) == []
    assert [each.says for each in flag_change("f", "Durable", True, False)] == ["Durable: yes → no"]
    assert text_change("t", "Key", "a", "a") == []
    assert [each.says for each in text_change("t", "Key", "", "b")] == ["Key: empty → b"]


def test_a_preview_says_what_changes_and_what_it_costs() -> None:
    assert diff_preview([], ["never shown"])[0].lines == (("quiet", "Nothing yet."),)
    change, cost = diff_preview(text_change("t", "Key", "a", "b"), ["Something."])
    assert (change.lines, cost.lines) == ((("good", "Key: a → b"),), (("bad", "Something."),))
    assert len(diff_preview(text_change("t", "Key", "a", "b"), [])) == 1
