"""Sizes, docstrings and what has no place in the project's files."""

import ast
import re
from pathlib import Path

import pytest

from tests.architecture.sources import ROOT, functions, modules, name_of, tracked_files, tree_of

FILE_LINES_MAX = 500
FUNCTION_LINES_MAX = 70

OURS = [*modules("mqstudio"), *modules("tests"), *modules("scripts")]

TODO_WITHOUT_ISSUE = re.compile(r"\b([T]ODO|[F]IXME|[X]XX)\b(?! *\(?#\d)")
"""Here and below, brackets keep this file from finding itself."""
MACHINE_PATH = re.compile(r"(?<![\w.])/([r]oot|[w]ork|[h]ome/[a-z]\w*|[U]sers/[a-z]\w*)/")
ADDRESS = re.compile(r"[h]ttps?://")


@pytest.mark.parametrize("path", OURS, ids=name_of)
def test_files_and_functions_fit(path: Path) -> None:
    """A file has at most 500 lines, a function at most 70."""
    assert len(path.read_text().splitlines()) <= FILE_LINES_MAX
    sizes = {function.name: _lines_of(function) for function in functions(tree_of(path))}
    assert {name: lines for name, lines in sizes.items() if lines > FUNCTION_LINES_MAX} == {}


@pytest.mark.parametrize("path", OURS, ids=name_of)
def test_every_module_says_what_it_is(path: Path) -> None:
    """Its docstring's first line is a sentence."""
    said = ast.get_docstring(tree_of(path)) or ""
    assert len(said) > len("…"), "a module without a docstring"


def test_nothing_is_left_to_do_without_an_issue() -> None:
    """Marks for later work carry an issue number."""
    assert _lines_with(TODO_WITHOUT_ISSUE, tracked_files("*.py", "Makefile", "scripts/*", ".ci/*")) == []


def test_files_know_no_machine() -> None:
    """No absolute path of the machine that something was made on."""
    assert _lines_with(MACHINE_PATH, _texts()) == []


def test_what_installs_names_no_host() -> None:
    """Packages come from wherever the reader's own tools are set up to take them."""
    files = tracked_files("*.lock", "*package-lock.json", "pyproject.toml", "Makefile", ".ci/*", "scripts/*")
    assert _lines_with(ADDRESS, files) == []


def _lines_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of code: a text of many lines counts as one, for a style sheet or a document is data."""
    texts = [node for node in ast.walk(function) if isinstance(node, ast.JoinedStr)]
    return _span(function) - sum(_span(text) - 1 for text in texts)


def _span(node: ast.stmt | ast.expr) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def _texts() -> list[Path]:
    return [path for path in tracked_files() if path.suffix not in (".png", ".ico", ".webp")]


def _lines_with(pattern: re.Pattern[str], files: list[Path]) -> list[str]:
    return [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in files
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if pattern.search(line)
    ]
