"""Several answers are waited for together, and each is what it is."""

import asyncio

import msgspec
import pytest

from mqstudio.client.answers import Answers


def raw(value: object) -> msgspec.Raw:
    return msgspec.Raw(msgspec.msgpack.encode(value))


async def test_all_are_waited_for_in_any_order() -> None:
    answers = Answers(3)
    waiting = asyncio.ensure_future(answers.wait())  # noqa: TID251 - awaited below
    answers.at(2).set_result(raw(3))
    answers.at(0).set_exception(ValueError("no"))
    await asyncio.sleep(0)
    assert not waiting.done()
    assert [answers.at(place).done() for place in range(3)] == [True, False, True]
    answers.at(1).set_result(raw(2))
    await waiting
    refused, *rest = answers.read(int)
    assert isinstance(refused, ValueError)
    assert rest == [2, 3]


async def test_what_is_missing_is_given_up_and_the_rest_is_kept() -> None:
    answers = Answers(2)
    answers.at(1).set_result(raw(2))
    answers.give_up(TimeoutError("late"))
    late, known = answers.read(int)
    assert isinstance(late, TimeoutError)
    assert known == 2


def test_an_answer_of_another_kind_is_not_taken() -> None:
    answers = Answers(1)
    answers.at(0).set_result(raw("two"))
    with pytest.raises(msgspec.ValidationError):
        answers.read(int)
