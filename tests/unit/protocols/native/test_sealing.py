"""What a native session holds back until its commit is on disk, and what then becomes of it."""

from typing import Any

from mqstudio.model.queries import GetInfo, ListBins
from mqstudio.protocols.native import codec, messages
from tests.support.native import INFO, ScriptedBroker


def greeted() -> ScriptedBroker:
    broker = ScriptedBroker()
    broker.greet()
    return broker


def told(broker: ScriptedBroker) -> list[Any]:
    """What is written now, as messages."""
    return broker.read(broker.session.data_to_send())


def ask(broker: ScriptedBroker, call_id: int, commit: int = 0) -> list[Any]:
    """Ask for something whose answer waits for a commit (0: for none); what is written in that turn."""
    session = broker.session
    for request in session.receive_data(codec.frame(messages.Call(call_id, codec.raw(GetInfo()))), 0):
        broker.requests.append(request)
        session.answer(INFO)
    if commit:
        session.seal(commit)
    return told(broker)


def calls(said: list[Any]) -> list[int]:
    return [each.id for each in said]


def test_an_answer_waits_until_its_commit_is_on_disk() -> None:
    broker = greeted()
    assert ask(broker, 1, commit=5) == []
    assert broker.session.release(4), "more waits"
    assert told(broker) == []
    assert not broker.session.release(5)
    assert calls(told(broker)) == [1]
    assert told(broker) == [], "once"


def test_what_waits_for_nothing_does_not_overtake_what_does() -> None:
    """Answers come in the order of the questions."""
    broker = greeted()
    ask(broker, 1, commit=5)
    assert ask(broker, 2) == []
    assert ask(broker, 3, commit=6) == []
    assert ask(broker, 4) == []
    assert broker.session.release(5)
    assert calls(told(broker)) == [1, 2]
    assert not broker.session.release(6)
    assert calls(told(broker)) == [3, 4]
    assert calls(ask(broker, 5)) == [5], "nothing waits any more"


def test_several_commits_at_once_keep_their_order() -> None:
    broker = greeted()
    for number in range(1, 6):
        ask(broker, number, commit=number)
    assert not broker.session.release(9)
    assert calls(told(broker)) == [1, 2, 3, 4, 5]


def test_what_will_never_be_on_disk_is_not_told_but_that() -> None:
    """Whether it was done the peer has to look for: nothing that waited is said, then it is hung up on."""
    broker = greeted()
    ask(broker, 1, commit=5)
    ask(broker, 2)
    broker.session.refuse_sealed("the disk fails")
    assert told(broker) == [messages.Goodbye("the disk fails")]
    assert broker.session.is_finished()
    assert broker.session.close_reason == "the disk fails"


def test_who_waits_for_nothing_does_not_hear_of_a_failed_commit() -> None:
    broker = greeted()
    broker.session.refuse_sealed("the disk fails")
    assert not broker.session.is_finished()
    assert calls(ask(broker, 1)) == [1]


def test_a_goodbye_waits_for_nothing() -> None:
    """The broker stops: what is not on disk by now is not promised."""
    broker = greeted()
    ask(broker, 1, commit=5)
    broker.session.shut_down("stopping")
    assert told(broker) == [messages.Goodbye("stopping")]


def test_a_sign_of_life_while_an_answer_is_waited_for_asks_for_nothing() -> None:
    """What was read behind the question is still to be asked: its requests must not be lost."""
    broker = greeted()
    frames = b"".join(codec.frame(messages.Call(id, codec.raw(ListBins()))) for id in (1, 2))
    at_work = broker.session.receive_data(frames, 5)
    assert next(at_work) == ListBins()
    assert list(broker.session.receive_data(b"", 6)) == []
    broker.session.answer([])
    assert next(at_work) == ListBins()
