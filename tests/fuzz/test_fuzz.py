"""A million inputs, or as many as MQSTUDIO_FUZZ_INPUTS says: tables, methods, and 6 in 100 whole sessions."""

import multiprocessing
import os
import sys
from concurrent.futures import ProcessPoolExecutor

import pytest

from tests.fuzz.drive import run

INPUTS = int(os.environ.get("MQSTUDIO_FUZZ_INPUTS", "1000000"))
FIRST = int(os.environ.get("MQSTUDIO_FUZZ_FIRST", "0"))
SHARES = {"stream": 0.06, "table": 0.60, "method": 0.34}
PIECE = 2_000


@pytest.mark.timeout(max(600, INPUTS // 500))
@pytest.mark.parametrize("level", SHARES)
def test_nothing_but_the_protocol_s_own_errors(level: str) -> None:
    """No other exception, no input over 50 ms, nothing left in the engine."""
    total = int(INPUTS * SHARES[level])
    pieces = range(FIRST, FIRST + total, PIECE)
    # A fresh interpreter for each worker: a fork would take the threads of other tests along.
    context = multiprocessing.get_context("spawn" if sys.platform != "linux" else "forkserver")
    with ProcessPoolExecutor(os.cpu_count(), mp_context=context) as pool:
        lasts = [min(first + PIECE, FIRST + total) for first in pieces]
        findings = [line for line in pool.map(run, [level] * len(lasts), pieces, lasts) if line]
    assert not findings, "\n".join(findings[:20])
