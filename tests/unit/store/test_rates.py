"""Rates in a profile: written with a commit, read again, forgotten in time; in files that had none before."""

from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from mqstudio.model.rates import SECOND_US, TIERS, RateStep, Scope, ScopeKind
from mqstudio.store import rates
from mqstudio.store.ledger import Ledger
from mqstudio.store.profile_file import open_for_reading, open_for_writing, schema_versions
from mqstudio.store.salvage import salvage
from tests.support.profile import Profile

TEN, MINUTE = (tier.step_us for tier in TIERS[1:])
NOW_US = 10**9 * SECOND_US
QUEUE = Scope(ScopeKind.QUEUE, 7)


@pytest.fixture
def profile(tmp_path: Path) -> Iterator[Profile]:
    made = Profile(tmp_path / "p.mqs")
    yield made
    made.connection.close()


def _keep(profile: Profile, scope: Scope, step_us: int, *ends_us: int) -> list[RateStep]:
    steps = [RateStep(at_us, step_us, 3, 2, 1, waits=b"\x92\x01\x02") for at_us in ends_us]
    rows = [rates.rate_row(scope, step_us, step) for step in steps]
    profile.projection.changes.section.rates += rows
    profile.save()
    return steps


def _read(profile: Profile, scope: Scope = QUEUE, step_us: int = TEN, since: int = 0) -> list[RateStep]:
    return profile.reader().rates(str(scope.kind), [scope.id], step_us, since, NOW_US * 2)


def test_steps_come_back_as_they_were_of_what_was_asked_for(profile: Profile) -> None:
    steps = _keep(profile, QUEUE, TEN, 10, 20, 30)
    _keep(profile, QUEUE, MINUTE, 30)
    _keep(profile, Scope(ScopeKind.CLIENT, 7), TEN, 40)
    assert _read(profile) == steps
    assert _read(profile, since=10) == steps[1:]
    assert _read(profile, Scope(ScopeKind.QUEUE, 8)) == []
    assert [step.at_us for step in _read(profile, step_us=MINUTE)] == [30]


def test_queues_that_had_one_name_are_read_together(profile: Profile) -> None:
    _keep(profile, QUEUE, TEN, 10, 30)
    _keep(profile, Scope(ScopeKind.QUEUE, 9), TEN, 20)
    found = profile.reader().rates("queue", [7, 9], TEN, 0, 100)
    assert [step.at_us for step in found] == [10, 20, 30]


def test_of_too_many_the_newest_are_read(profile: Profile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates, "RATE_ANSWER_STEPS", 2)
    _keep(profile, QUEUE, TEN, 10, 20, 30)
    assert [step.at_us for step in _read(profile)] == [20, 30]


def _forget(profile: Profile) -> None:
    for _ in rates.forget_rates(Ledger(profile.connection, is_resumed=True), NOW_US):
        pass


def test_what_is_too_old_for_its_length_goes(profile: Profile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates, "ROWS", 2)
    old_us = NOW_US - TIERS[1].keep_us
    _keep(profile, QUEUE, TEN, *range(old_us - 5, old_us), NOW_US)
    _keep(profile, QUEUE, MINUTE, NOW_US - TIERS[2].keep_us - 1, old_us)
    _forget(profile)
    assert [step.at_us for step in _read(profile)] == [NOW_US]
    assert [step.at_us for step in _read(profile, step_us=MINUTE)] == [old_us]


def test_of_too_many_the_oldest_go(profile: Profile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates, "RATE_ROWS_MAX", 6)
    _keep(profile, QUEUE, TEN, *range(NOW_US - 8, NOW_US))
    _keep(profile, QUEUE, MINUTE, *range(NOW_US - 2, NOW_US))
    _forget(profile)
    assert [step.at_us for step in _read(profile)] == list(range(NOW_US - 4, NOW_US))
    assert len(_read(profile, step_us=MINUTE)) == 2


def test_a_file_of_the_version_before_gets_the_table(tmp_path: Path) -> None:
    path = tmp_path / "old.mqs"
    number, sql = schema_versions()[0]
    with apsw.Connection(str(path)) as old:
        list(old.execute("PRAGMA auto_vacuum=INCREMENTAL"))
        list(old.execute(sql))
        application_id = _application_id(tmp_path)
        list(old.execute(f"PRAGMA application_id={application_id}; PRAGMA user_version={number}"))
    old.close()
    looked_at = open_for_reading(path)
    assert rates.read(looked_at, "total", [0], TEN, 0, NOW_US) == []
    looked_at.close()
    opened = open_for_writing(path)
    assert rates.read(opened, "total", [0], TEN, 0, NOW_US) == []
    assert opened.execute("SELECT count(*) FROM rate").get == 0
    assert opened.execute("PRAGMA user_version").get == schema_versions()[-1][0]
    opened.close()
    assert path.with_name(f"old.mqs.before-{schema_versions()[-1][0]}").exists()


def _application_id(tmp_path: Path) -> int:
    fresh = open_for_writing(tmp_path / "fresh.mqs")
    number: int = fresh.execute("PRAGMA application_id").get
    fresh.close()
    return number


def test_rates_are_saved_from_a_damaged_file(profile: Profile, tmp_path: Path) -> None:
    steps = _keep(profile, QUEUE, TEN, 10, 20)
    profile.close()
    target = tmp_path / "saved.mqs"
    assert salvage(profile.path, target) == []
    saved = open_for_reading(target)
    assert rates.read(saved, "queue", [7], TEN, 0, 100) == steps
    saved.close()
