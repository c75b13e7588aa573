"""One cut, life or failing call of the thousands that `make crash` tries, in a process of its pool."""

from tests.crash import nth_io
from tests.crash.nth_io import Case
from tests.crash.simulation import FAULTS, POWER_CUTS, Result, attempt

_commits: list[bytes] = []


def cut(seed: str) -> Result:
    """A life with cuts of the power."""
    return attempt(seed, POWER_CUTS)


def sim(seed: str) -> Result:
    """A life with all faults."""
    return attempt(seed, FAULTS)


def play(case: Case) -> tuple[Case, list[str]]:
    """A call to the disk that fails, and what was wrong then."""
    if not _commits:
        _commits.extend(nth_io.recorded())
    return case, nth_io.wrongs(_commits, case)[0]
