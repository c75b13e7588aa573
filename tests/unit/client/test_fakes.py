"""Made-up values: every one that is offered can be had, and the library is loaded only when asked for."""

import subprocess
import sys

import pytest

from mqstudio.client.fakes import LibraryFakes, names
from mqstudio.model.templates_syntax import Word


@pytest.mark.parametrize("name", names())
def test_each_makes_a_text_and_the_same_for_the_same_seed(name: str) -> None:
    """None needs an argument, opens a file, or gives another text for the same seed within a second."""
    make = LibraryFakes().maker(name, (), Word(name, 0, len(name)))
    assert isinstance(make(1), str)
    assert len(make(2)) < 10_000


def test_the_library_is_loaded_only_when_used() -> None:
    """Starting the window costs nothing of it."""
    program = (
        "import sys, mqstudio.client.fakes, mqstudio.model.templates as t; "
        "f = mqstudio.client.fakes.LibraryFakes(); t.Template('{{seq}}', f); "
        "assert 'faker' not in sys.modules; "
        "t.Template('{{faker.name}}', f); assert 'faker' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
