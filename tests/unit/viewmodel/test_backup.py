"""A backup begun from the window is followed to its end, or given up."""

from pathlib import Path

import pytest

from mqstudio.model.disk import BackupState
from mqstudio.viewmodel import backup as backing_up
from mqstudio.viewmodel.backup import Backup
from mqstudio.viewmodel.notices import NoticeKind, Notices
from mqstudio.viewmodel.workspace import Workspace
from tests.support.list_broker import ListBroker, run_now

TARGET = Path("/data/copy.mqs")


@pytest.fixture
def backup(workspace: Workspace, notices: Notices, monkeypatch: pytest.MonkeyPatch) -> Backup:
    monkeypatch.setattr(backing_up, "LOOK_S", 0)
    return Backup(workspace, notices)


async def test_it_is_followed_to_its_end(backup: Backup, broker: ListBroker, notices: Notices) -> None:
    shares: list[float] = []

    def note() -> None:
        shares.append(backup.state.done_share)

    backup.changed.connect(note)
    running = [BackupState(str(TARGET), True, share) for share in (0.0, 0.4)]
    broker.backup_states = [*running, BackupState(str(TARGET), done_share=1.0)]
    await backup.make(TARGET, is_plain=True)
    assert broker.backups == [(str(TARGET), True)]
    assert shares == [0.0, 0.4, 1.0]
    assert notices.shown[-1].text == f"Backed up to {TARGET}."


async def test_why_it_failed_is_told(backup: Backup, broker: ListBroker, notices: Notices) -> None:
    broker.backup_states = [BackupState(str(TARGET), True), BackupState(str(TARGET), problem="No room.")]
    await backup.make(TARGET)
    assert notices.shown[-1].kind is NoticeKind.PROBLEM
    assert "No room." in notices.shown[-1].text


def test_it_can_be_given_up(backup: Backup, broker: ListBroker) -> None:
    broker.backups = [(str(TARGET), False)]
    run_now(backup.stop())
    assert not backup.is_running


def test_it_goes_with_its_broker(backup: Backup, workspace: Workspace) -> None:
    backup._take(BackupState(str(TARGET), True, 0.5))
    workspace.lose("gone")
    assert not backup.is_running
