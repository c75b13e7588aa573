"""The n-th call to the disk fails: the file stays whole, and what failed is never reported as done."""

import apsw

from mqstudio.store import process
from mqstudio.store.changes import unpack_commit
from mqstudio.store.frames import Frame, pack
from mqstudio.store.process import StoreProcess
from tests.crash import nth_io
from tests.crash.nth_io import Case

STEP = 17
"""Prime, so that all ways have their turn all over the scenario; `make crash` takes all."""


def test_each_call_may_fail() -> None:
    commits = nth_io.recorded()
    failed = gave_up = total = 0
    for case in nth_io.cases(commits, STEP):
        wrongs, ending = nth_io.wrongs(commits, case)
        assert not wrongs, f"python -m tests.crash --replay io:{case}\n" + "\n".join(wrongs)
        total += 1
        failed += ending.failed > 0
        gave_up += ending.code != 0
    assert total > 600
    assert failed == total, "a case in which nothing failed"
    assert gave_up > total * 0.9


def test_nothing_fails_and_all_is_reported() -> None:
    commits = nth_io.recorded()
    wrongs, ending = nth_io.wrongs(commits, Case(10**9, "eio", False))
    assert not wrongs and ending.code == 0 and ending.durable == len(commits)
    assert ending.calls > nth_io.CALLS * 0.8


class Retries(StoreProcess):
    """A mutant: a commit that failed is tried again, on the same connection."""

    def _commit(self, writing: process.Writer, payload: bytes) -> bool:
        number, sections, progress, is_clean = unpack_commit(payload)
        try:
            writing.commit(number, sections, progress, is_clean=is_clean)
        except apsw.Error as error:
            self._send(pack(Frame.FAILED, process.msgspec.msgpack.encode(self._problem(error))))
        return super()._commit(writing, payload)


class Conceals(StoreProcess):
    """A mutant: it says that a commit is on disk, whatever came of it."""

    def _commit(self, writing: process.Writer, payload: bytes) -> bool:
        number, sections, progress, is_clean = unpack_commit(payload)
        try:
            writing.commit(number, sections, progress, is_clean=is_clean)
        except apsw.Error:
            writing.last_commit = number
        self._send(pack(Frame.DURABLE, process.marshal.dumps((number, 1))))
        return True


def test_a_mutant_that_tries_again_is_noticed() -> None:
    assert _noticed(Retries)


def test_a_mutant_that_conceals_failures_is_noticed() -> None:
    assert _noticed(Conceals)


def _noticed(mutant: type[StoreProcess]) -> bool:
    commits = nth_io.recorded()
    return any(nth_io.wrongs(commits, case, mutant)[0] for case in nth_io.cases(commits, 211))
