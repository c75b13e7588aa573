"""docs/protocols/amqp091.md: every row names tests that are there, every method and argument has a row."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from mqstudio.model.arguments import EXCHANGE_ARGUMENTS, POLICY_KEYS, QUEUE_ARGUMENTS
from mqstudio.protocols.amqp091.methods import METHODS
from tests.architecture.sources import ROOT, tree_of

DOCUMENT = ROOT / "docs" / "protocols" / "amqp091.md"
QUOTED = re.compile(r"`([^`]+)`")
WORD = re.compile(r"\*([a-z]+)\*")
BEGINNING = "…"
TEST_COLUMN = "test"
AS_ABOVE = "the same"

Table = list[list[str]]


def tables() -> list[Table]:
    """Every table of the document: rows of cells, the first is its head."""
    found: list[Table] = []
    before = ""
    for line in DOCUMENT.read_text().splitlines():
        if line.startswith("|"):
            if not before.startswith("|"):
                found.append([])
            if set(line) - set("|-: "):
                found[-1].append([cell.strip() for cell in line.strip("|").split("|")])
        before = line
    return found


def rows() -> Iterator[tuple[str, str]]:
    """What each row of a table with tests is about, and the tests that it names."""
    for head, *rest in tables():
        if head[-1] == TEST_COLUMN:
            yield from ((row[0], row[-1]) for row in rest)


def places() -> dict[str, Path]:
    """The words for kinds of tests, and where those are, as the document says."""
    (table,) = (table for table in tables() if table[0] == ["word", "where"])
    return {WORD.findall(word)[0]: ROOT / QUOTED.findall(where)[0] for word, where in table[1:]}


@cache
def files(place: Path) -> list[Path]:
    return [place] if place.is_file() else sorted(place.rglob("*.py"))


@cache
def named_in(file: Path) -> frozenset[str]:
    """Names of what a file defines, its tests among them."""
    kinds = ast.FunctionDef | ast.AsyncFunctionDef
    return frozenset(node.name for node in ast.walk(tree_of(file)) if isinstance(node, kinds))


def found(place: Path, name: str) -> list[Path]:
    """Files in which a name of the document is a test, or that it names themselves."""
    home, _, test = name.rpartition("::")
    if home:
        return [file for file in files(place) if file.name == home and test in named_in(file)]
    if name.endswith(".py"):
        return [file for file in files(place) if file.name == name]
    if not name.startswith("test_"):  # a folder, or a file of conversations
        return [file for file in files(place) if name in (file.stem, file.parent.name)]
    if name.endswith(BEGINNING):
        begins = name.removesuffix(BEGINNING)
        return [file for file in files(place) if any(test.startswith(begins) for test in named_in(file))]
    return [file for file in files(place) if name in named_in(file)]


def faults(cell: str) -> list[str]:
    """What is wrong with the tests that a row names."""
    wrong = []
    for group in cell.split(";"):
        names = QUOTED.findall(group)
        words = [word.strip() for word in group.split("`", maxsplit=1)[0].split(",") if word.strip()]
        wrong += [f"no such word: {word!r}" for word in words if word not in places()]
        for place in (places()[word] for word in words if word in places()):
            homes = {name: found(place, name) for name in names}
            wrong += [f"{name} is not in {place.name}" for name, home in homes.items() if not home]
            wrong += [
                f"{name} is in {len(home)} files of {place.name}: say in which"
                for name, home in homes.items()
                if len(home) > 1 and name.startswith("test_")
            ]
        if not words:
            wrong.append(f"names no tests: {group!r}")
    return wrong


@pytest.mark.parametrize(("about", "cell"), list(rows()))
def test_every_row_names_tests_that_are_there(about: str, cell: str) -> None:
    """In the place that its word stands for, and in one file of it; or it says that they are those above."""
    assert cell == AS_ABOVE or faults(cell) == [], about


def test_words_lead_somewhere() -> None:
    """Each place of tests has files."""
    assert [word for word, place in places().items() if not files(place)] == []


def methods_of(cell: str) -> list[str]:
    """Methods that a row is about: a class is said once for those that follow."""
    names: list[str] = []
    for each in cell.split(", "):
        names.append(each if "." in each else f"{names[-1].split('.')[0]}.{each}")
    return names


def method_rows() -> list[list[str]]:
    (table,) = (table for table in tables() if table[0][:2] == ["method", "arguments"])
    return table[1:]


def test_every_method_has_a_row() -> None:
    """One, and no row is about a method that there is not."""
    said = [method for row in method_rows() for method in methods_of(row[0])]
    assert sorted(said) == sorted(method.name for method in METHODS.values())


@pytest.mark.parametrize("row", method_rows(), ids=lambda row: row[0])
def test_every_argument_of_a_method_is_named(row: list[str]) -> None:
    """In its row, but for those that are reserved."""
    fields = {method.name: method.fields for method in METHODS.values()}
    there = {field for method in methods_of(row[0]) for field in fields[method]} - {"reserved"}
    assert set(QUOTED.findall(row[1])) == there


@pytest.mark.parametrize("name", [*QUEUE_ARGUMENTS, *EXCHANGE_ARGUMENTS, *POLICY_KEYS])
def test_every_argument_has_a_row(name: str) -> None:
    """Of queues and exchanges, and every key of policies."""
    said = {quoted for about, _ in rows() for quoted in QUOTED.findall(about)}
    assert name in said
