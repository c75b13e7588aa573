"""Each module has a test of its own, or this list says what tests it instead, and why.

The longest entry that fits a module counts. An entry for one module goes as soon as the module has
its own test.
"""

from pathlib import Path

import pytest

from tests.architecture.sources import ROOT, modules, name_of

TESTED_INSTEAD_BY: dict[str, tuple[str, str]] = {
    "mqstudio/__main__.py": ("tests/stories/test_without_a_display.py", "is there to be started"),
    "mqstudio/cli/": ("tests/unit/test_cli_commands.py", "commands are run as people run them"),
    "mqstudio/client/wire.py": ("tests/unit/client/test_client.py", "the lower half of a client"),
    "mqstudio/client/exporting.py": ("tests/unit/test_cli_export.py", "its files are read back"),
    "mqstudio/client/recording.py": ("tests/unit/test_cli_replay.py", "its files are read back"),
    "mqstudio/client/asking.py": ("tests/unit/client", "says what a client has to be; does nothing"),
    "mqstudio/pytest_plugin.py": ("tests/stories/test_pytest_plugin.py", "used by a project of its own"),
    "mqstudio/exporters/": ("tests/unit/exporters", "formats are told by what comes back"),
    "mqstudio/engine/": ("tests/property/test_engine_model.py", "parts of one engine, against a model of it"),
    "mqstudio/gui/": ("tests/gui", "widgets are tested in the window they make up"),
    "mqstudio/model/": ("tests/unit", "values without behaviour: everything uses them"),
    "mqstudio/protocols/base.py": ("tests/unit/protocols", "says what sessions have to be; does nothing"),
    "mqstudio/protocols/amqp091/": (
        "tests/unit/protocols/amqp091",
        "parts of one session, tested by subject",
    ),
    "mqstudio/protocols/management/": (
        "tests/unit/protocols/management",
        "parts of one API, tested by subject",
    ),
    "mqstudio/protocols/sqs/": ("tests/conformance/test_sqs_messages.py", "seen by AWS's own client"),
    "mqstudio/server/queue_states.py": ("tests/conformance/test_sqs_queues.py", "counts that clients read"),
    "mqstudio/protocols/native/messages.py": ("tests/unit/protocols/native/test_convert.py", "values"),
    "mqstudio/server/disk_queries.py": ("tests/unit/server/test_reader_link.py", "asks a reader process"),
    "mqstudio/server/looking_store.py": ("tests/unit/server/test_looking.py", "the store of that broker"),
    "mqstudio/server/passing.py": ("tests/unit/server/test_lifecycles.py", "the routes in a lifecycle"),
    "mqstudio/server/standing.py": ("tests/unit/server/test_searching.py", "the rows of what is found"),
    "mqstudio/server/reader_main.py": ("tests/unit/server/test_reader_link.py", "is that reader process"),
    "mqstudio/server/bulk.py": ("tests/unit/server/test_record_reader.py", "asked for records"),
    "mqstudio/server/record_making.py": ("tests/unit/server/test_record_reader.py", "makes those records"),
    "mqstudio/server/life_rows.py": ("tests/unit/server/test_recording_file.py", "what lives are in a file"),
    "mqstudio/client/estimating.py": ("tests/unit/test_cli_export.py", "what is said before an export"),
    "mqstudio/client/export_target.py": ("tests/unit/test_cli_export.py", "where exports go"),
    "mqstudio/server/tracing.py": ("tests/conformance/test_firehose.py", "seen at its exchange"),
    "mqstudio/server/config.py": ("tests/unit/server", "a value"),
    "mqstudio/store/": ("tests/unit/store/test_memory.py", "parts of one store"),
    "mqstudio/viewers/": ("tests/unit/viewers/test_viewers.py", "all viewers keep the same promises"),
    "mqstudio/why/": ("tests/unit/why", "rules are tested by subject, and each by a story of its own"),
    "mqstudio/client/looking.py": ("tests/stories/why", "gathers facts about a real broker"),
    "mqstudio/client/reasons.py": ("tests/stories/why", "asks the rules about a real broker"),
    "mqstudio/client/figures.py": ("tests/stories/why", "one sample of a real broker"),
    "mqstudio/server/whereabouts.py": ("tests/stories/why", "asked of a real broker"),
    "mqstudio/viewmodel/broker.py": (
        "tests/unit/viewmodel",
        "says what panels ask of a client; does nothing",
    ),
    "mqstudio/viewmodel/bindings.py": ("tests/unit/viewmodel/test_exchange_page.py", "a part of that page"),
    "mqstudio/viewmodel/form.py": ("tests/unit/viewmodel/test_queue_form.py", "the ground of all forms"),
    "mqstudio/viewmodel/policies.py": ("tests/gui/test_structure.py", "rows and a selection"),
    "mqstudio/viewmodel/site.py": ("tests/unit/viewmodel/test_queue_form.py", "what forms are handed"),
    "mqstudio/viewmodel/publish_draft_file.py": ("tests/unit/viewmodel/test_publish.py", "part of a draft"),
    "mqstudio/viewmodel/publish_outcome.py": ("tests/unit/viewmodel/test_publish.py", "its words"),
    "mqstudio/viewmodel/queue_deletion.py": ("tests/unit/viewmodel/test_undoing.py", "a deletion's steps"),
    "mqstudio/viewmodel/resending.py": ("tests/unit/viewmodel/test_message_verbs.py", "a verb's work"),
    "mqstudio/viewmodel/triage_preview.py": ("tests/unit/viewmodel/test_triage.py", "a part of the triage"),
    "mqstudio/viewmodel/vhost_deletion.py": ("tests/unit/viewmodel/test_undoing.py", "a question"),
    "mqstudio/viewmodel/look.py": ("tests/gui", "values"),
    "mqstudio/viewmodel/publish_draft.py": ("tests/unit/viewmodel/test_publish.py", "values"),
    "mqstudio/viewmodel/code/": ("tests/unit/viewmodel/test_code.py", "programs are run, literals read"),
    "mqstudio/viewmodel/columns.py": ("tests/unit/viewmodel/test_message_columns.py", "a value"),
    "mqstudio/viewmodel/recording_pair.py": ("tests/gui/test_recordings_dialog.py", "compares files"),
    "mqstudio/viewmodel/studio.py": ("tests/gui", "makes the others; does nothing else"),
}

MODULES = [path for path in modules("mqstudio") if path.name != "__init__.py"]


def own_test_of(path: Path) -> Path:
    """Where a module's test belongs."""
    home = ROOT / "tests" / "unit" / path.relative_to(ROOT / "mqstudio").parent
    return home / f"test_{path.name}"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_every_module_is_tested(path: Path) -> None:
    """By `tests/unit/a/test_b.py`, or by what the list names."""
    if own_test_of(path).is_file():
        assert name_of(path) not in TESTED_INSTEAD_BY, "it has a test of its own now: strike it off"
        return
    entries = [entry for entry in TESTED_INSTEAD_BY if name_of(path).startswith(entry)]
    assert entries, f"no {name_of(own_test_of(path))}"
    test, _ = TESTED_INSTEAD_BY[max(entries, key=len)]
    assert (ROOT / test).exists()


def test_the_list_names_what_exists() -> None:
    """No entry outlives its module."""
    assert [entry for entry in TESTED_INSTEAD_BY if not (ROOT / entry).exists()] == []
