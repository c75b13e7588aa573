"""The suite notices what it is there for: each of these has one thing wrong, and does not survive it."""

import pytest

from tests.crash.mutants import MUTANTS, Mutant
from tests.crash.simulation import FAULTS, POWER_CUTS, Plan, attempt

SEEDS = 60
DISK_LOSES_SYNCS = Plan(steps=200, cut=0.03, sync=0.08)
DISK_AND_POWER_FAIL = Plan(steps=120, cut=0.04, sync=0.25, again=0.6, store=0.05)
STORE_DIES = Plan(steps=150, store=0.2, kill=0.02)
PLANS = {
    "confirm before commit": POWER_CUTS,
    "synchronous=NORMAL": POWER_CUTS,
    "synchronous=OFF": POWER_CUTS,
    "no fsync": POWER_CUTS,
    "commit applied twice": STORE_DIES,
    "log not emptied at start": DISK_LOSES_SYNCS,
    "log not written again at start": DISK_AND_POWER_FAIL,
    "log written again without a copy": DISK_AND_POWER_FAIL,
}


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda each: each.name)
def test_a_mutant_is_noticed(mutant: type[Mutant]) -> None:
    plan = PLANS.get(mutant.name, FAULTS)
    for seed in range(SEEDS):
        if attempt(f"mutant {seed}", plan, mutant()).wrongs:
            return
    pytest.fail(f"{SEEDS} lives went by, and nobody noticed")


def test_without_a_mutant_these_plans_are_survived() -> None:
    for plan in (DISK_LOSES_SYNCS, DISK_AND_POWER_FAIL, STORE_DIES):
        for seed in range(5):
            assert not attempt(f"mutant {seed}", plan).wrongs
