"""From a time on: where that is in a log the store finds by halving, wherever the log begins."""

from pathlib import Path

import pytest

from mqstudio.store import paging
from tests.support.profile import DURABLE, Profile

COUNT = 200


@pytest.fixture
def profile(tmp_path: Path) -> Profile:
    """A log, its messages 10 µs apart or more, one of which the file has lost."""
    profile = Profile(tmp_path / "p.mqs")
    profile.me = profile.channel()
    profile.queue(profile.me, "log", arguments={"x-queue-type": "stream"}, **DURABLE)
    for number in range(COUNT):
        profile.now_us += 10 * (number % 3)
        profile.publish(profile.me, "log", b"%d" % number)
    profile.save()
    profile.damage("DELETE FROM place WHERE log_offset=77")
    return profile


def test_any_time_is_found(profile: Profile) -> None:
    queue_id = profile.queue_ids("log")[0]
    at_us = dict(
        profile.connection.execute(
            "SELECT log_offset, published_at_us FROM place JOIN message ON message.id=message_id"
        ).fetchall()
    )
    for since_us in {0, 2**60, *at_us.values(), *(each + 1 for each in at_us.values())}:
        for after in (-1, 0, 50):
            page = paging.page(profile.connection, queue_id, False, after, 3, 10**6, since_us)
            wanted = sorted(each for each, at in at_us.items() if at >= since_us and each > after)
            assert [entry.position for entry in page.entries] == wanted[:3]
            assert page.is_last == (len(wanted) < 3)


def test_it_looks_at_few_rows(profile: Profile) -> None:
    queue_id = profile.queue_ids("log")[0]
    (at_us,) = profile.connection.execute(
        "SELECT published_at_us FROM place JOIN message ON message.id=message_id WHERE log_offset=150"
    ).fetchone()
    asked: list[str] = []
    profile.connection.exec_trace = lambda _, sql, __: asked.append(sql) is None
    paging.page(profile.connection, queue_id, False, -1, 3, 10**6, at_us)
    assert len(asked) < 15
