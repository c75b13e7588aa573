"""What has no place in the window's code: texts that Qt interprets, nested loops, stray colours."""

import ast
from pathlib import Path

import pytest

from tests.architecture.sources import modules, name_of, tree_of

GUI = modules("mqstudio/gui")

BANNED_CALLS = {
    "QLabel": "labels come from basics.label: plain text",
    "QMessageBox": "notices, not message boxes",
    "setHtml": "nothing is markup",
    "insertHtml": "nothing is markup",
    "appendHtml": "nothing is markup",
    "setMarkdown": "nothing is markup",
    "QTextBrowser": "it opens links and files",
    "QTextEdit": "payloads go in QPlainTextEdit",
    "setToolTip": "basics.set_tip escapes",
    "setStatusTip": "it is shown as rich text",
    "setWhatsThis": "it is shown as rich text",
    "QSortFilterProxyModel": "it sorts live data in the window's thread",
    "resizeColumnsToContents": "it measures every row",
    "processEvents": "no nested loops",
    "exec": "open() and wait for the signal",
    "exec_": "open() and wait for the signal",
    "create_task": "actions are started with Spawner.spawn",
}
HOMES = {
    ("QLabel", "mqstudio/gui/widgets/basics.py"),
    ("setToolTip", "mqstudio/gui/widgets/basics.py"),
    ("create_task", "mqstudio/gui/loop.py"),
    ("create_task", "mqstudio/gui/app.py"),
}
"""The one place where each of these is allowed."""


def called(path: Path) -> set[str]:
    """Names of everything a module calls."""
    calls = [node.func for node in ast.walk(tree_of(path)) if isinstance(node, ast.Call)]
    return {f.attr if isinstance(f, ast.Attribute) else getattr(f, "id", "") for f in calls}


def methods(path: Path) -> list[ast.FunctionDef]:
    """Methods of a module's classes."""
    classes = [node for node in tree_of(path).body if isinstance(node, ast.ClassDef)]
    return [node for each in classes for node in each.body if isinstance(node, ast.FunctionDef)]


@pytest.mark.parametrize("path", GUI, ids=name_of)
def test_banned_calls(path: Path) -> None:
    """Each has a safe way of its own, in one place."""
    here = {name for name in called(path) & BANNED_CALLS.keys() if (name, name_of(path)) not in HOMES}
    assert {name: BANNED_CALLS[name] for name in here} == {}


@pytest.mark.parametrize("path", GUI, ids=name_of)
def test_no_resize_to_contents(path: Path) -> None:
    """Measuring every row of a table costs 74 ms where drawing costs 5."""
    assert "ResizeToContents" not in path.read_text()


@pytest.mark.parametrize("path", [p for p in GUI if p.name != "loop.py"], ids=name_of)
def test_qasync_lives_in_one_file(path: Path) -> None:
    """Only loop.py knows which loop it is."""
    names = {
        alias.name for node in ast.walk(tree_of(path)) if isinstance(node, ast.Import) for alias in node.names
    }
    assert "qasync" not in names


@pytest.mark.parametrize("path", GUI, ids=name_of)
def test_colours_come_from_the_palette(path: Path) -> None:
    """No colour is written anywhere else, so that none escapes the check of contrasts."""
    if path.name in ("colours.py", "style_sheet.py"):
        return
    texts = [
        n.value for n in ast.walk(tree_of(path)) if isinstance(n, ast.Constant) and isinstance(n.value, str)
    ]
    assert [text for text in texts if len(text) == 7 and text.startswith("#") and text[1:].isalnum()] == []


@pytest.mark.parametrize("path", GUI, ids=name_of)
def test_our_own_methods_have_docstrings(path: Path) -> None:
    """Overridden Qt methods keep Qt's names and meaning; all other public ones say what they do."""
    silent = [
        function.name
        for function in methods(path)
        if function.name == function.name.lower()
        and not function.name.startswith("_")
        and function.name not in ("data", "parent", "index", "paint")
        and ast.get_docstring(function) is None
    ]
    assert silent == []
