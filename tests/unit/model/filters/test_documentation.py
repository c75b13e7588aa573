"""docs/filters.md says what is so: examples are read, mistakes refused, fields and operators all there."""

import re
from pathlib import Path

import pytest

from mqstudio.model import limits
from mqstudio.model.filters.fields import FIELDS, STATES, Operator
from mqstudio.model.filters.literals import DURATIONS_US, SIZES_BYTES
from mqstudio.model.filters.problems import FilterError
from mqstudio.model.filters.syntax import parse

PAGE = (Path(__file__).parents[4] / "docs" / "filters.md").read_text()


def block(kind: str) -> list[str]:
    """The lines of all blocks of a kind."""
    found = re.findall(rf"^```{kind}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    return [line for lines in found for line in lines.splitlines()]


ROWS = dict(re.findall(r"^\| `(\w+)`.*\| ([^|]*) \| `[^|]*` \|$", PAGE, re.MULTILINE))
EXAMPLES = [*block("filter"), *re.findall(r"^\| `\w+`.*\| `([^|]*)` \|$", PAGE, re.MULTILINE)]


@pytest.mark.parametrize("text", EXAMPLES)
def test_each_example_is_a_filter(text: str) -> None:
    parse(text)


@pytest.mark.parametrize("text", block("no filter"))
def test_each_mistake_is_one(text: str) -> None:
    with pytest.raises(FilterError):
        parse(text)


def test_there_are_examples() -> None:
    assert len(EXAMPLES) > len(FIELDS) + 10
    assert len(block("no filter")) > 5


def test_every_field_has_its_row() -> None:
    """With the words that completion shows."""
    assert {name: says.strip() for name, says in ROWS.items()} == {f.name: f.says for f in FIELDS.values()}


@pytest.mark.parametrize("field", FIELDS.values(), ids=lambda field: str(field.name))
def test_every_other_name_is_told(field: object) -> None:
    for alias in field.aliases:  # type: ignore[attr-defined]  # a Field
        assert f"`{alias}`" in PAGE


def test_every_operator_state_unit_and_bound_is_told() -> None:
    for operator in Operator:
        assert f'"{operator}"' in "\n".join(block("grammar"))
    for state in STATES:
        assert f"`{state}`" in PAGE
    units = re.search(r"\*\*Units\.\*\*.*?Times:", PAGE, re.DOTALL)
    assert units is not None
    told = {each.lower() for each in re.findall(r"\w+", units[0])}
    assert (set(SIZES_BYTES) | set(DURATIONS_US)) - told == {"µs", "min"}
    for bound in (limits.FILTER_CHARACTERS, limits.FILTER_MATCH_CHARACTERS):
        assert f"{bound:,}" in PAGE
    assert f"{limits.FILTER_DEPTH} levels" in PAGE
    assert f"{limits.FILTER_PATTERNS} patterns" in PAGE
    assert f"{limits.FILTER_JSON_BYTES // limits.MIB} MiB" in PAGE
