"""The store process: the only one that writes to a profile. `python -m mqstudio.store.process`.

Reads frames from standard input, one after another, and answers on standard output. It ends when its input
does, when the file cannot be opened, and at the first commit that fails: SQLite may succeed when told to
commit once more after the disk has lost what it was given, so nothing is ever tried twice.
"""

import marshal
import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO

import apsw
import msgspec

from mqstudio.store import paging, restore
from mqstudio.store.changes import unpack_commit
from mqstudio.store.disk import SpareFile
from mqstudio.store.frames import NUMBER, Frame, OpenFile, pack
from mqstudio.store.housekeeping import Housekeeping
from mqstudio.store.inbox import Inbox
from mqstudio.store.ledger import Ledger
from mqstudio.store.lock import lock
from mqstudio.store.problems import FileProblem, ProfileError
from mqstudio.store.profile_file import LOG_WAIT_MS, check_integrity, open_for_writing, problem_of
from mqstudio.store.writer import Writer


class StoreProcess:
    """Works off frames until there are no more: `receive` waits for the next one, None is the end.

    One thread does it all, so that a commit costs no hand-over: what there is to tidy up is done when the
    broker says that it has nothing to write just now (TEND).
    """

    def __init__(
        self,
        receive: Callable[[], tuple[int, bytes] | None],
        send: Callable[[bytes], None],
        is_wanted: Callable[[], bool] = lambda: False,
    ) -> None:
        self._receive = receive
        self._send = send
        self._is_wanted = is_wanted
        self._path = Path()
        self._has_key = False
        self._writer: Writer | None = None
        self._house: Housekeeping | None = None
        self._lock: IO[bytes] | None = None

    def run(self) -> int:
        """Work to the end; returns the exit code."""
        while True:
            frame = self._receive()
            if frame is None:
                return self._close()
            try:
                if not self._work_off(*frame):
                    return 1
            except BrokenPipeError:  # the broker is gone: what it has not heard of it will find in the file
                return self._close()

    def _work_off(self, kind: int, payload: bytes) -> bool:
        """Do what a frame asks; False if this process is to end."""
        if kind == Frame.OPEN:
            return self._open(msgspec.json.decode(payload, type=OpenFile))
        assert self._writer is not None, "a profile is opened first"
        if kind == Frame.COMMIT:
            return self._commit(self._writer, payload)
        if kind == Frame.ASK:
            self._answer(self._writer, payload)
        else:
            assert kind == Frame.TEND
            return self._keep_house(None)
        return True

    def _keep_house(self, took_us: int | None) -> bool:
        """Tidy up a little, behind a commit or (None) when there is time; False if that failed."""
        assert self._house is not None
        try:
            if took_us is None:
                self._house.tend()
            else:
                self._house.after_commit(took_us)
            health = self._house.health()
        except apsw.Error as error:
            return self._give_up(Frame.FAILED, self._problem(error))
        if health is not None:
            self._send(pack(Frame.HEALTH, msgspec.msgpack.encode(health)))
        return True

    def _open(self, wanted: OpenFile) -> bool:
        # Where it really is: its log and its spare file are beside it, and its disk is the one to look at.
        self._path, self._has_key = Path(wanted.path).resolve(), wanted.key is not None
        try:
            self._lock = lock(self._path)
            connection = open_for_writing(self._path, key=wanted.key)
            connection.set_busy_timeout(LOG_WAIT_MS)  # a tool that people look into it with may be writing
            self._writer = Writer(connection)
            if wanted.is_checked:
                check_integrity(connection, self._path)
            state = restore.read(connection, is_resumed=wanted.is_resumed)
            ledger = Ledger(connection, is_resumed=wanted.is_resumed)
            self._house = Housekeeping(ledger, self._path, self._is_wanted)
        except ProfileError as error:
            if error.problem.kind == "full":
                SpareFile(self._path).give_up()  # the next one finds room
            return self._give_up(Frame.PROBLEM, error.problem)
        except OSError as error:
            says = f"{self._path} cannot be used ({error}). Check its folder, and what you may do there."
            return self._give_up(Frame.PROBLEM, FileProblem("unreadable", says))
        except (apsw.Error, ValueError, msgspec.MsgspecError) as error:
            return self._give_up(Frame.PROBLEM, self._problem(error))
        self._send(pack(Frame.STATE, state))
        return True

    def _commit(self, writing: Writer, payload: bytes) -> bool:
        began = time.perf_counter_ns()
        number, sections, progress, is_clean = unpack_commit(payload)
        try:
            writing.commit(number, sections, progress, is_clean=is_clean)
        except (apsw.Error, ValueError) as error:
            if isinstance(error, apsw.FullError):  # it was rolled back: another process may write it
                SpareFile(self._path).give_up()
            return self._give_up(Frame.FAILED, self._problem(error))
        took_us = (time.perf_counter_ns() - began) // 1000
        self._send(pack(Frame.DURABLE, marshal.dumps((number, took_us))))
        return self._keep_house(took_us)

    def _answer(self, writing: Writer, payload: bytes) -> None:
        number, name, arguments = marshal.loads(payload)  # from our own parent
        try:
            answer = paging.QUESTIONS[name](writing.connection, *arguments)
        except (apsw.Error, ValueError) as error:
            self._send(pack(Frame.UNANSWERED, NUMBER.pack(number) + self._problem(error).says.encode()))
            return
        self._send(pack(Frame.ANSWER, NUMBER.pack(number) + answer))

    def _give_up(self, kind: Frame, problem: FileProblem) -> bool:
        self._send(pack(kind, msgspec.msgpack.encode(problem)))
        return False

    def _problem(self, error: Exception) -> FileProblem:
        if isinstance(error, apsw.Error):
            return problem_of(error, self._path, has_key=self._has_key)
        return FileProblem("damaged", f"{self._path} has something in it that cannot be: {error}")

    def _close(self) -> int:
        if self._writer is not None:
            with suppress(apsw.Error):  # what cannot be brought into the file is safe in its log
                self._writer.connection.close()
        return 0


def main() -> int:
    """Serve the parent at the other ends of standard input and output."""
    out = sys.stdout.fileno()

    def send(data: bytes) -> None:
        left = memoryview(data)
        while left:
            left = left[os.write(out, left) :]

    inbox = Inbox(sys.stdin.fileno())
    return StoreProcess(inbox.receive, send, inbox.has_more).run()


if __name__ == "__main__":
    sys.exit(main())
