"""Simulated lives of a broker: all that can go wrong, many times over, the same in each process."""

import os
import subprocess
import sys

from tests.crash.checker import Report
from tests.crash.simulation import FAULTS, attempt, run

SEEDS = 300


def test_three_hundred_lives() -> None:
    total = Report()
    faults: dict[str, int] = {}
    for seed in range(SEEDS):
        result = attempt(str(seed), FAULTS)
        assert not result.wrongs, f"python -m tests.crash --replay sim:{seed}\n" + "\n".join(
            result.wrongs[:5]
        )
        total.add(result.report)
        for kind, count in result.faults.items():
            faults[kind] = faults.get(kind, 0) + count
    assert faults.keys() == {"cut", "kill", "store", "sync", "stop", "jump", "poison", "again"}
    assert min(faults.values()) > 60, faults
    assert total.confirmed > 15_000
    assert total.explained > 500, "nothing came twice: then no duplicate was put to the test"


def test_the_same_seed_is_the_same_life_in_another_process() -> None:
    here = [run(seed, FAULTS).digest for seed in ("7", "8", "9")]
    program = (
        "from tests.crash.simulation import FAULTS, run\n"
        "print(*[run(seed, FAULTS).digest for seed in ('7', '8', '9')])"
    )
    for hash_seed in ("1", "2"):
        there = subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            check=True,
        )
        assert there.stdout.split() == here


def test_another_seed_is_another_life() -> None:
    assert run("7", FAULTS).digest != run("8", FAULTS).digest
