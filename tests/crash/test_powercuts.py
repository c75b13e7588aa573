"""The power goes, at any call to the disk: what was confirmed is there when it comes back, and in order.

Writes that were not synced are dropped, reordered and torn. One seed is five cuts, each followed by a look at
the whole file, by what a restart reads, and by a broker that goes on from it.
"""

from tests.crash.checker import Report
from tests.crash.simulation import POWER_CUTS, attempt, run

SEEDS = 100


def test_five_hundred_power_cuts() -> None:
    total, cuts = Report(), 0
    for seed in range(SEEDS):
        result = attempt(str(seed), POWER_CUTS)
        assert not result.wrongs, f"python -m tests.crash --replay cut:{seed}\n" + "\n".join(
            result.wrongs[:5]
        )
        total.add(result.report)
        cuts += result.faults["cut"]
    assert cuts == 5 * SEEDS
    assert not total.wrongs
    assert total.confirmed > 5_000, "a workload that confirms nothing loses nothing"
    assert total.recovered > 0, "some cut came between a commit and its answer"


def test_cuts_come_within_commits() -> None:
    result = run("within", POWER_CUTS)
    assert result.crashes >= 5
    assert result.report.attempted > result.report.confirmed > 0
