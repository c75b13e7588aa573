"""Other people's programs as processes of their own: what they print, what they are told, their end."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "stories" / "programs"


class Program:
    """A program that runs; its output goes to a file, so that reading it never waits."""

    def __init__(self, command: list[str], log_path: Path) -> None:
        self._log_path = log_path
        with log_path.open("wb") as log:
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=log, stderr=subprocess.STDOUT
            )

    def said(self, text: str) -> bool:
        """Whether it has printed this by now. Fails if it ended in failure."""
        assert self._process.poll() in (None, 0), self.output()
        return text in self.output()

    def output(self) -> str:
        """Everything it has printed."""
        return self._log_path.read_text(errors="replace")

    def tell(self, line: str) -> None:
        """Give it a line on its standard input."""
        assert self._process.stdin is not None
        self._process.stdin.write(line.encode() + b"\n")
        self._process.stdin.flush()

    def has_ended(self) -> bool:
        """Whether it has ended, and well."""
        if self._process.poll() is None:
            return False
        assert self._process.returncode == 0, self.output()
        return True

    def interrupt(self) -> None:
        """Press Ctrl+C."""
        self._process.send_signal(signal.SIGINT)

    def kill(self) -> None:
        """Make sure that it is gone."""
        self._process.kill()
        self._process.communicate()


class Programs:
    """Starts programs, and ends what is left of them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._started: list[Program] = []

    def python(self, name: str, *arguments: object) -> Program:
        """Start one of the programs in tests/stories/programs."""
        return self.start(sys.executable, FOLDER / name, *arguments)

    def start(self, *command: object) -> Program:
        """Start any program."""
        log_path = self._folder / f"program-{len(self._started)}.txt"
        program = Program([str(each) for each in command], log_path)
        self._started.append(program)
        return program

    def kill_all(self) -> None:
        """End everything."""
        for program in self._started:
            program.kill()


@contextmanager
def started_programs(folder: Path) -> Iterator[Programs]:
    """Programs that do not outlive the block."""
    programs = Programs(folder)
    try:
        yield programs
    finally:
        programs.kill_all()
