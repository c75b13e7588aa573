"""Each rule stands in docs/why.md, and has its story: a program that causes it, and one that nearly does."""

import re

import pytest

from mqstudio.why.answering import find_rules
from tests.architecture.sources import ROOT

RULES, _ = find_rules()
STORIES = "".join(path.read_text() for path in sorted((ROOT / "tests/stories/why").glob("test_*.py")))
DOCUMENT = (ROOT / "docs/why.md").read_text()

WITHOUT_A_STORY = {
    "memory_full": "needs more messages than a test may take memory",
    "store_failed": "needs a disk that fails",
    "publisher_blocked": "what blocks it is told instead, so it is never seen alone",
    "guest_from_elsewhere": "needs another computer",
}
"""Tested by facts alone, and why."""


def line(name: str) -> str:
    """What the document has of a rule."""
    rule = RULES[name]
    return f"| `{name}` | {rule.asks} | {_says(name)} | [page]({rule.link}) |"


def _says(name: str) -> str:
    """The first line of the rule's file, which says when it answers."""
    text = (ROOT / f"mqstudio/why/rules/{name}.py").read_text()
    found = re.match(r'"""(.*?)"""', text, re.DOTALL)
    assert found is not None
    return " ".join(found[1].split())


@pytest.mark.parametrize("name", sorted(RULES))
def test_each_rule_is_documented(name: str) -> None:
    """With what it answers, and the page that it points to."""
    assert line(name) in DOCUMENT, f"docs/why.md lacks:\n{line(name)}"


def test_nothing_else_is_documented() -> None:
    """No rule that is gone."""
    assert set(re.findall(r"^\| `(\w+)` \|", DOCUMENT, re.MULTILINE)) == set(RULES)


@pytest.mark.parametrize("name", sorted(RULES.keys() - WITHOUT_A_STORY.keys()))
def test_each_rule_has_a_story(name: str) -> None:
    """Some story expects its sentence."""
    assert re.search(rf'(?:only|one)\(.*?"{name}"', STORIES, re.DOTALL)


@pytest.mark.parametrize("name", sorted(RULES.keys() - WITHOUT_A_STORY.keys()))
def test_each_rule_has_a_story_in_which_it_is_silent(name: str) -> None:
    """Some story nearly causes it, and expects that it says nothing."""
    is_doctor = f'"{name}"' in STORIES[STORIES.index("DOCTORS = {") :].split("}", maxsplit=1)[0]
    assert is_doctor or re.search(rf'none\([^\n]*"{name}"', STORIES) or f"def test_nearly_{name}(" in STORIES
