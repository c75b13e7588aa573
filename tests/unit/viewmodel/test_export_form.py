"""The export form: what there is to choose, what to expect, what is wrong, and what is then asked for."""

from pathlib import Path

import pytest

from mqstudio.client.export_source import PAGE_ROWS
from mqstudio.client.redaction_files import save_profile
from mqstudio.exporters.redaction import NONE, Redaction
from mqstudio.model.message import Header, Properties
from mqstudio.viewmodel.export_form import ExportForm, Subject
from mqstudio.viewmodel.exporting import Exports
from mqstudio.viewmodel.jobs import Jobs
from mqstudio.viewmodel.notices import Notices
from mqstudio.viewmodel.queue_page import QueuePage
from mqstudio.viewmodel.structure import Structure
from mqstudio.viewmodel.workspace import Workspace
from tests.support.list_broker import ListBroker

COUNT = PAGE_ROWS + 100


@pytest.fixture
def form(broker: ListBroker, workspace: Workspace, notices: Notices, tmp_path: Path) -> ExportForm:
    broker.add_queue("orders", COUNT)
    broker.properties[1] = Properties(headers=[Header("Authorization", "string", "hunter2-Zq9")])
    broker.feed(workspace)
    page = QueuePage(workspace, Structure(workspace), "/", "orders")
    exports = Exports(workspace, notices, Jobs(broker.clock))
    exports.open(tmp_path)

    async def ids() -> tuple[int, ...] | None:
        return (2, 3)

    return ExportForm(exports, Subject(page, 2, ids, (4,)), tmp_path)


async def test_it_says_what_to_expect(form: ExportForm) -> None:
    assert form.needs_look()
    assert form.summary().startswith("Looking")
    await form.look()
    assert form.summary().startswith("2 messages, ")
    assert not form.needs_look()
    form.edit("what", "queue")
    assert form.needs_look()
    await form.look()
    assert form.summary().startswith(f"About {COUNT} messages, about ")
    (taken, examples) = form.previews()
    assert taken.lines[0] == ("bad", "1 × Authorization")
    assert "looked at" in taken.lines[1][1]
    assert examples.lines[0][1].startswith("header Authorization: h•")
    assert "unter" not in str(form.previews())


async def test_without_redaction_it_warns(form: ExportForm) -> None:
    form.edit("redact", NONE.name)
    await form.look()
    assert "can read them" in form.summary()
    assert form.previews()[0].lines[0][0] == "bad"


def test_the_format_is_the_end_of_the_name(form: ExportForm) -> None:
    assert form.value("format") == ".jsonl"
    form.edit("format", ".trace.json")
    assert form.value("path").endswith("orders.trace.json")
    form.edit("format", ".csv")
    assert form.value("path").endswith("/orders.csv")
    form.edit("path", str(Path(form.value("path")).with_suffix(".parquet")))
    assert form.value("format") == ".parquet"
    form.edit("path", "orders.docx")
    assert ".jsonl" in form.problems()["path"]
    form.edit("format", ".html")
    assert form.value("path") == "orders.docx.html"


def test_a_file_that_is_there_is_replaced_only_when_said(form: ExportForm, tmp_path: Path) -> None:
    assert not form.problems()
    (tmp_path / "orders.jsonl").touch()
    assert "such a file" in form.problems()["path"]
    assert "replace" in {entry.name for entry in form.entries()}
    form.edit("replace", "true")
    assert not form.problems()
    form.edit("path", str(tmp_path / "nowhere" / "a.csv"))
    assert "no folder" in form.problems()["path"]


def test_ones_own_profiles_are_offered_and_a_broken_one_said(form: ExportForm, tmp_path: Path) -> None:
    path = save_profile(tmp_path, Redaction("shop", names=("iban",)))
    choices = next(entry for entry in form.entries() if entry.name == "redact").choices
    assert [value for value, _ in choices] == ["default", "shop", "none"]
    path.write_text("{")
    form.edit("redact", "shop")
    assert "cannot be read" in form.problems()["redact"]
    assert not form.needs_look()


@pytest.mark.parametrize(
    ("what", "ids", "is_all"),
    [("selected", {2, 3}, False), ("marked", {4}, False), ("queue", None, False), ("all", None, True)],
)
async def test_what_is_asked_for(form: ExportForm, what: str, ids: set[int] | None, is_all: bool) -> None:
    form.edit("what", what)
    form.edit("life", "")
    form.edit("age", "1h")
    assert await form.submit()
    assert form.order is not None
    assert form.order.wanted.ids == (frozenset(ids) if ids is not None else None)
    assert form.order.wanted.is_all is is_all
    assert form.order.wanted.since_us > 0
    assert (form.order.options.has_body, form.order.options.has_life) == (True, False)
