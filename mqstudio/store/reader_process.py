"""The reader process: looks into a profile for those who ask, so that the broker never waits for a disk.

Reads frames from standard input, one after another, and answers on standard output, as the store process
does; it ends when its input does, and when the file cannot be opened. What the properties of messages mean is
the protocols' to know, so `server/reader_main.py` starts it.
"""

import marshal
import os
import sys
from collections.abc import Callable
from pathlib import Path

import apsw
import msgspec

from mqstudio.model.filters.subject import FindHeader
from mqstudio.store.frames import NUMBER, Frame, OpenFile, pack, read
from mqstudio.store.matching import ReadProperties, read_hub
from mqstudio.store.problems import FileProblem, ProfileError
from mqstudio.store.profile_file import open_for_reading, problem_of
from mqstudio.store.reader import Reader, encoded

EXIT_PROBLEM = 1


class ReaderProcess:
    """Works off frames. `send` writes to whoever asks."""

    def __init__(
        self,
        send: Callable[[bytes], None],
        read_properties: ReadProperties = read_hub,
        find_header: FindHeader | None = None,
        reader_type: type[Reader] = Reader,
    ) -> None:
        self._send = send
        self._reader_type = reader_type
        self._read_properties = read_properties
        self._find_header = find_header
        self._path = Path()
        self._has_key = False
        self._reader: Reader | None = None

    def work_off(self, kind: int, payload: bytes) -> bool:
        """Do what a frame asks; False if this process is to end."""
        if kind == Frame.OPEN:
            return self._open(msgspec.json.decode(payload, type=OpenFile))
        assert kind == Frame.ASK
        assert self._reader is not None, "a profile is opened first"
        self._answer(self._reader, payload)
        return True

    def _open(self, wanted: OpenFile) -> bool:
        self._path, self._has_key = Path(wanted.path), wanted.key is not None
        try:
            connection = open_for_reading(self._path, key=wanted.key)
            self._reader = self._reader_type(connection, self._read_properties, self._find_header)
        except ProfileError as error:
            return self._give_up(error.problem)
        except apsw.Error as error:
            return self._give_up(problem_of(error, self._path, has_key=self._has_key))
        self._send(pack(Frame.STATE, b""))
        return True

    def _give_up(self, problem: FileProblem) -> bool:
        self._send(pack(Frame.PROBLEM, msgspec.msgpack.encode(problem)))
        return False

    def _answer(self, reader: Reader, payload: bytes) -> None:
        number, name, arguments = marshal.loads(payload)  # from our own parent
        try:
            answer = encoded(reader.questions[name](reader, *arguments))
        except apsw.InterruptError:
            says = "This took too long, and was given up. Ask for less at once."
            self._send(pack(Frame.UNANSWERED, NUMBER.pack(number) + says.encode()))
        except (apsw.Error, ValueError) as error:
            self._send(pack(Frame.UNANSWERED, NUMBER.pack(number) + self._says(error).encode()))
        else:
            self._send(pack(Frame.ANSWER, NUMBER.pack(number) + answer))

    def _says(self, error: Exception) -> str:
        if isinstance(error, apsw.Error):
            return problem_of(error, self._path, has_key=self._has_key).says
        return f"{self._path} has something in it that cannot be: {error}"


def serve(
    read_properties: ReadProperties = read_hub,
    find_header: FindHeader | None = None,
    reader_type: type[Reader] = Reader,
) -> int:
    """Serve the parent at the other ends of standard input and output; returns the exit code."""
    out = sys.stdout.fileno()

    def send(data: bytes) -> None:
        left = memoryview(data)
        while left:
            left = left[os.write(out, left) :]

    process = ReaderProcess(send, read_properties, find_header, reader_type)
    try:
        while (frame := read(sys.stdin.buffer)) is not None:
            if not process.work_off(*frame):
                return EXIT_PROBLEM
    except BrokenPipeError:  # the broker is gone
        pass
    return 0


if __name__ == "__main__":
    sys.exit(serve())
