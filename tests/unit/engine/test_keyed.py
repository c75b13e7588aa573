"""Ready messages by key: any order of coming, going and coming back, against a plain list."""

from hypothesis import given
from hypothesis import strategies as st

from mqstudio.engine.keyed import ReadyByKey
from mqstudio.model.message import Message, Traits

KEYS = ("", "a", "b")


def message(message_id: int, key: str) -> Message:
    return Message(message_id, b"", b"", "", "q", 0, "", 0, traits=Traits(ordering_key=key or None))


class Naive:
    """All ready messages in a list, and those that are held in another."""

    def __init__(self) -> None:
        self.ready: list[Message] = []
        self.held: list[Message] = []

    def available(self) -> list[Message]:
        held = {each.traits.ordering_key for each in self.held} - {None}
        return [each for each in self.ready if each.traits.ordering_key not in held]


@given(
    st.lists(
        st.tuples(st.sampled_from(["come", "take", "back", "done", "drop", "cut"]), st.sampled_from(KEYS)),
        max_size=80,
    )
)
def test_as_a_list_would_have_it(steps: list[tuple[str, str]]) -> None:
    ready, naive = ReadyByKey(), Naive()
    next_id = 1
    for what, key in steps:
        if what == "come":
            new = message(next_id, key)
            next_id += 1
            ready.append(new)
            naive.ready.append(new)
        elif what == "take" and naive.available():
            taken = ready.popleft()
            assert taken is naive.available()[0]
            naive.ready.remove(taken)
            ready.hold(taken)
            naive.held.append(taken)
        elif what in ("back", "done") and naive.held:
            given_back = naive.held.pop(0)
            ready.free(given_back)
            if what == "back":
                ready.put_back(given_back)
                naive.ready.append(given_back)
                naive.ready.sort(key=lambda each: each.id)
        elif what == "drop" and naive.ready:
            gone = naive.ready.pop(len(naive.ready) // 2)
            ready.take_out({gone.id})
        elif what == "cut" and naive.ready:
            assert ready.cut(1) == [naive.ready.pop()]
        assert list(ready) == naive.ready
        assert len(ready) == ready.count_in_order() == len(naive.ready)
        assert bool(ready) is bool(naive.available())
        if naive.available():
            assert ready.first() is naive.available()[0]
        assert sorted(each.id for run in ready.runs() for each in run) == [each.id for each in naive.ready]


def test_entries_that_hold_no_longer_do_not_pile_up() -> None:
    ready = ReadyByKey()
    for number in range(1, 4):
        ready.append(message(number, "a"))
    for _ in range(1_000):
        first = ready.popleft()
        ready.hold(first)
        ready.free(first)
        ready.put_back(first)
    assert len(ready._heads) < 100
    ready.clear()
    assert (len(ready), bool(ready)) == (0, False)
