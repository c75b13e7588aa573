"""Turns, and how others come to theirs."""

import asyncio

import pytest

from mqstudio.model import limits
from mqstudio.server.turns import Turn, breath


def test_a_turn_is_over_when_its_time_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "FILTER_TURN_US", 60_000_000)
    assert not Turn().is_over()
    monkeypatch.setattr(limits, "FILTER_TURN_US", 0)
    assert Turn().is_over()


async def test_others_go_on_meanwhile() -> None:
    """What was asked for before is done before; who gives up waiting harms nobody."""
    done: list[str] = []
    asyncio.get_running_loop().call_soon(done.append, "other")
    given_up = breath()
    given_up.cancel()
    await breath()
    assert done == ["other"]
    assert given_up.cancelled()
