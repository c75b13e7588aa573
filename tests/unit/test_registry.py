"""Finding plug-ins."""

import sys
from pathlib import Path

import pytest

from mqstudio.registry import discover


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A package with a good module, one without the object, and one that fails."""
    folder = tmp_path / "plugins_for_test"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "good.py").write_text("VIEWER = 'good one'")
    (folder / "other.py").write_text("SOMETHING = 1")
    (folder / "broken.py").write_text("raise ValueError('no such thing')")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield folder.name
    for name in [name for name in sys.modules if name.split(".")[0] == folder.name]:
        del sys.modules[name]


def test_takes_the_one_object_of_each_module(package: str) -> None:
    """Modules without it are skipped."""
    assert discover(package, "VIEWER").found == {"good": "good one"}


def test_a_module_that_fails_is_reported_and_skipped(package: str) -> None:
    """The others are found all the same."""
    assert discover(package, "VIEWER").failed == {"broken": "ValueError: no such thing"}
