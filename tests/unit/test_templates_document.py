"""docs/templates.md: every example in it is a sound template, and it has every name there is."""

import re
from pathlib import Path

import pytest

from mqstudio.client.fakes import LibraryFakes
from mqstudio.model.templates import FILTERS, VALUES, Template, Turn

TEXT = (Path(__file__).parents[2] / "docs" / "templates.md").read_text()
EXAMPLES = re.sub(r"```text\n.*?```", "", TEXT, flags=re.DOTALL)
HOLES = [hole.replace("\\|", "|") for hole in re.findall(r"\{\{[a-z\"].*?\}\}(?!`\))", EXAMPLES)]
CELLS = [
    cell
    for line in re.findall(r"^\| (`.*?) \|", TEXT, re.MULTILINE)
    for cell in re.findall(r"`([^`]+)`", line)
]
NAMES = {cell.split()[0] for cell in CELLS}


@pytest.mark.parametrize("hole", [hole for hole in HOLES if "…" not in hole])
def test_examples_are_sound(hole: str) -> None:
    template = Template(hole, LibraryFakes())
    assert template.errors == []
    template.fill(Turn())


@pytest.mark.parametrize("cell", [cell for cell in CELLS if cell.split()[0] not in FILTERS])
def test_values_of_the_table_are_sound(cell: str) -> None:
    assert Template("{{" + cell + "}}", LibraryFakes()).errors == []


def test_every_name_is_in_it() -> None:
    assert {*VALUES, *FILTERS} <= NAMES
