"""Files that the window writes: chosen messages or all, told, and stopped on the way."""

import json
from pathlib import Path

import pytest

from mqstudio.client.exporting import AHEAD, PAGE_ROWS, Wanted
from mqstudio.viewmodel.exporting import Exports, file_name
from mqstudio.viewmodel.jobs import Jobs
from mqstudio.viewmodel.notices import Notices
from mqstudio.viewmodel.workspace import Workspace
from tests.support.list_broker import ListBroker, run_now

ORDERS = (("/", "orders"),)


@pytest.fixture
def jobs(broker: ListBroker) -> Jobs:
    return Jobs(broker.clock)


@pytest.fixture
def exports(broker: ListBroker, workspace: Workspace, notices: Notices, jobs: Jobs) -> Exports:
    broker.add_queue("orders", 2 * PAGE_ROWS + 10)
    broker.feed(workspace)
    return Exports(workspace, notices, jobs)


def ids(path: Path) -> list[int]:
    return [json.loads(line)["id"] for line in path.read_bytes().splitlines()]


async def test_chosen_messages_and_no_others(exports: Exports, notices: Notices, tmp_path: Path) -> None:
    path = tmp_path / "some.jsonl"
    assert await exports.export(Wanted(ORDERS, ids=frozenset((2, 7))), path) == 2
    assert ids(path) == [2, 7]
    assert notices.shown[-1].text.startswith("Exported 2 messages to some.jsonl, ")


async def test_all_of_a_queue(exports: Exports, tmp_path: Path) -> None:
    path = tmp_path / "all.csv"
    assert await exports.export(Wanted(ORDERS), path) == 2 * PAGE_ROWS + 10
    assert len(path.read_bytes().splitlines()) == 2 * PAGE_ROWS + 11


async def test_a_stopped_one_is_a_whole_file(
    exports: Exports, jobs: Jobs, notices: Notices, tmp_path: Path
) -> None:
    def stop_soon() -> None:
        for job in jobs.running_now:
            if job.done:
                job.cancel()

    jobs.changed.connect(stop_soon)
    path = tmp_path / "stopped.jsonl"
    written = await exports.export(Wanted(ORDERS), path)
    assert written == AHEAD == len(ids(path))
    assert notices.shown[-1].text.startswith(f"Stopped: {AHEAD} messages are in stopped.jsonl")
    assert not jobs.running_now


def test_a_name_without_a_format_is_said_before_anything_is_written(exports: Exports, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"\.jsonl"):
        run_now(exports.export(Wanted(ORDERS), tmp_path / "what.docx"))
    assert not list(tmp_path.iterdir())


def test_the_format_that_can_be_read_again_is_offered_first(exports: Exports) -> None:
    assert exports.patterns().startswith("JSON lines (*.jsonl *.ndjson);;")


@pytest.mark.parametrize(
    ("queue", "name"),
    [("orders", "orders.jsonl"), ("../../etc/x", "etc-x.jsonl"), ("\u202e", "messages.jsonl")],
)
def test_names_of_files_are_plain(queue: str, name: str) -> None:
    assert file_name(queue) == name
