"""The clients of `kill9` notice when a broker does not keep its word: each of these breaks one thing."""

from pathlib import Path

import pytest

from tests.crash import kill9
from tests.crash.mutated import MUTANTS

CYCLES = 6
TRIES = 4


@pytest.mark.timeout(600)  # up to 28 starts of a broker
@pytest.mark.parametrize("name", MUTANTS)
def test_a_mutant_is_noticed(name: str, tmp_path: Path) -> None:
    for seed in range(TRIES):
        program = ("tests.crash.mutated", name)
        report, wrongs = kill9.run(tmp_path / str(seed), CYCLES, seed, program=program)
        if report.wrongs or wrongs:
            return
    pytest.fail(f"{TRIES * CYCLES} kills went by, and nobody noticed")
