"""Bodies are saved whole, or not at all."""

import asyncio
import random
from pathlib import Path

import pytest

from mqstudio.model.errors import RefusedError
from mqstudio.model.limits import BODY_SHOWN_BYTES
from mqstudio.viewmodel.saving import file_name, save_body
from mqstudio.viewmodel.workspace import Workspace
from tests.support.list_broker import ListBroker


def test_a_body_is_saved_whole(workspace: Workspace, broker: ListBroker, tmp_path: Path) -> None:
    """All of it, as it came, piece by piece."""
    body = random.Random(1).randbytes(3 * BODY_SHOWN_BYTES + 7)
    message_id = broker.add_message("orders", body)
    saving = save_body(workspace.client, "/", "orders", message_id, tmp_path / "body.bin")
    assert asyncio.run(saving) == len(body)
    assert (tmp_path / "body.bin").read_bytes() == body
    assert [path.name for path in tmp_path.iterdir()] == ["body.bin"]


def test_what_is_no_longer_kept_is_not_saved(
    workspace: Workspace, broker: ListBroker, tmp_path: Path
) -> None:
    """Half a body in a file would be taken for all of it."""
    message_id = broker.add_message("orders", b"x" * 100)
    broker.bodies[message_id] = b"x" * 50
    with pytest.raises(RefusedError, match="Only the first 50 of 100 bytes are still kept"):
        asyncio.run(save_body(workspace.client, "/", "orders", message_id, tmp_path / "body.bin"))
    assert list(tmp_path.iterdir()) == []


def test_file_names_are_letters_and_digits() -> None:
    """A queue's name can be anything; a file's cannot."""
    assert file_name("../a/<b>\0 é", 7, ("JSON",)) == "a-b-7.json"
    assert file_name("…", 7, ("gzip", "JSON")) == "message-7.bin"
