"""What runs without a window loads nothing of one: tests, scripts and servers have no Qt."""

import subprocess
import sys

import pytest

PROGRAM = """
import sys
from importlib import import_module
for name in sys.argv[1:]:
    import_module(name)
of_windows = ("PySide6", "shiboken6", "qasync", "pyqtgraph")
print(*sorted(name for name in sys.modules if name.split(".")[0] in of_windows))
"""


@pytest.mark.parametrize(
    "module",
    [
        "mqstudio.pytest_plugin",
        *(f"mqstudio.cli.{name}" for name in ("expect", "record", "export", "replay", "message", "convert")),
    ],
)
def test_no_qt_is_loaded(module: str) -> None:
    """Nor by what a command imports only when it runs, which the import contracts see."""
    command = [sys.executable, "-c", PROGRAM, module]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == ""


def test_the_check_would_find_it() -> None:
    """A module of the window does load it."""
    command = [sys.executable, "-c", PROGRAM, "mqstudio.gui.theme"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert "PySide6" in done.stdout
