"""Who may import whom, and what a floor may know."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.sources import ROOT, docstrings, modules, name_of, tree_of

PROTOCOL_WORDS = re.compile(r"amqp|basic|kafka|sqs|service_?bus|rabbit", re.IGNORECASE)


def test_import_contracts_hold() -> None:
    """The contracts of pyproject.toml: floors, purity, Qt only in gui, protocols as strangers.

    In a process of its own: import-linter turns off the loggers of the one it runs in.
    """
    program = Path(sys.executable).with_name("lint-imports")
    run = subprocess.run([program, "--no-cache"], check=False, cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout


@pytest.mark.parametrize("path", modules("mqstudio/engine"), ids=name_of)
def test_the_engine_knows_no_protocol(path: Path) -> None:
    """No name and no text in the engine belongs to one protocol; comments may say whom we follow."""
    assert [word for word in _words(tree_of(path)) if PROTOCOL_WORDS.search(word)] == []


def _words(tree: ast.Module) -> list[str]:
    spoken = docstrings(tree)
    words = []
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=word) | ast.Attribute(attr=word) | ast.arg(arg=word) | ast.alias(name=word):
                words.append(word)
            case ast.FunctionDef(name=word) | ast.AsyncFunctionDef(name=word) | ast.ClassDef(name=word):
                words.append(word)
            case ast.keyword(arg=str(word)) | ast.ImportFrom(module=str(word)):
                words.append(word)
            case ast.Constant(value=str(word)) if id(node) not in spoken:
                words.append(word)
    return words
