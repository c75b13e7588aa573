"""What a broker costs each test: `python -m tests.bench.plugin_cost`.

A project of 20 small tests is run with one broker that is wiped between tests, with a process for each test,
and without a broker; the time of each is told by pytest itself.
"""

import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

import psutil

COUNT: Final = 20
BOUND_S: Final = 0.3
TESTS: Final = f"""
import pika, pytest

@pytest.mark.parametrize("number", range({COUNT}))
def test_it(mqstudio, number):
    with pika.BlockingConnection(pika.URLParameters(mqstudio.url)) as connection:
        channel = connection.channel()
        channel.queue_declare("orders")
        channel.basic_publish("", "orders", b"x")
    assert len(mqstudio.expect("orders")) == 1
"""
CONFTEST: Final = """
pytest_plugins = ["mqstudio.pytest_plugin"]

def pytest_runtest_logreport(report):
    print(f"took {report.nodeid.partition('[')[2][:-1]} {report.duration:.6f}", flush=True)
"""
EMPTY: Final = f"""
import pytest

@pytest.mark.parametrize("number", range({COUNT}))
def test_it(number):
    pass
"""


def run(tests: str, *options: str) -> tuple[float, float]:
    """The first test and the median of the others, with what is done before and after each; in seconds."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        (path / "conftest.py").write_text(CONFTEST)
        (path / "test_it.py").write_text(tests)
        command = [sys.executable, "-m", "pytest", "-p", "no:pytest-qt", "-p", "no:cacheprovider"]
        command += ["-q", "-s", folder, *options]
        done = subprocess.run(command, capture_output=True, text=True, cwd=folder, timeout=300, check=False)
    assert f"{COUNT} passed" in done.stdout, done.stdout + done.stderr
    spent: dict[int, float] = {}
    for number, seconds in re.findall(r"took (\d+) ([\d.]+)", done.stdout):
        spent[int(number)] = spent.get(int(number), 0.0) + float(seconds)
    others = sorted(spent[number] for number in range(1, COUNT))
    return spent[0], others[len(others) // 2]


def main() -> int:
    """Measure and print; exit code 1 if the bound was missed."""
    load = psutil.getloadavg()[0]
    machine = f"{psutil.cpu_count()} cores, load {load:.1f}"
    print(f"A broker for each of {COUNT} tests; {time.strftime('%Y-%m-%d')}, {machine}")
    print(f"{'':24}{'first test s':>14}{'each other s':>14}")
    found = {}
    for name, tests, options in (
        ("no broker", EMPTY, ()),
        ("wiped between tests", TESTS, ()),
        ("a process for each", TESTS, ("--mqstudio-scope", "fresh")),
    ):
        first, other = found[name] = run(tests, *options)
        print(f"{name:24}{first:14.3f}{other:14.3f}")
    is_kept = found["wiped between tests"][1] <= BOUND_S
    print(f"At most {BOUND_S:g} s a test, wiped between tests: {'kept' if is_kept else 'missed'}")
    return 0 if is_kept else 1


if __name__ == "__main__":
    sys.exit(main())
