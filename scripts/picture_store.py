"""Pictures of what the window says of the store: its health in good and bad times, profiles, passphrases.

What is rare is pretended: the broker is sound, and its figures are changed on their way into the window.
"""

import asyncio
from pathlib import Path
from typing import Any

import msgspec

NAMES = (
    "health", "health-low", "health-failed", "health-sampling", "health-memory", "backup",
    "profiles", "encrypt", "unlock", "switch", "past",
)  # fmt: skip
Changes = dict[str, object]
GB = 1_000_000_000
FAILED = "The disk that has shop.mqs fails: reading or writing did (disk I/O error). Move it to another disk."


class Pretence:
    """Changes what the window hears of its broker."""

    def __init__(self, studio: Any) -> None:  # Any: imported late, as in pictures.py
        self._workspace, self._health = studio.workspace, studio.health
        self._take, self._client = self._workspace.take, self._workspace._client
        self.totals: Changes = {}
        self.health: Changes = {}
        self.disk: Changes = {}
        self._workspace.take = self._on_sample
        self._tell, self._client.store_health = self._client.store_health, self._on_health

    def _on_sample(self, sample: Any) -> None:
        totals = msgspec.structs.replace(sample.totals, **self.totals)
        self._take(msgspec.structs.replace(sample, totals=totals))

    async def _on_health(self) -> Any:
        health = await self._tell()
        disk = msgspec.structs.replace(health.disk, **self.disk)
        return msgspec.structs.replace(health, **{"disk": disk, **self.health})

    async def say(self, totals: Changes, health: Changes, disk: Changes) -> None:
        """Say something else from now on."""
        self.totals, self.health, self.disk = totals, health, disk
        self._health.look_again()
        await asyncio.sleep(1.5)


async def take(camera: Any, wanted: set[str]) -> None:
    """All of these pictures, or those wanted."""
    chosen = [name for name in NAMES if not wanted or name in wanted]
    if not chosen:
        return
    workspace, window = camera.studio.workspace, camera.window
    await camera.until(lambda: workspace.is_live and workspace.exchanges)
    for role in ("shop", "worker-1", "mailer"):
        camera.start(role)
    await camera.until(lambda: workspace.queue("/", "orders") is not None)
    window.open_queue("/", "orders")
    window.show_health()
    health = camera.studio.health
    await camera.until(lambda: health.disk and health.disk.sync_us)
    await asyncio.sleep(20 if "health" in chosen else 3)
    pretence = Pretence(camera.studio)
    for name in chosen:
        await _ONE_BY_ONE[name](camera, pretence)


async def _normal(camera: Any, pretence: Pretence) -> None:
    now_us = camera.studio.workspace.now_us()
    await pretence.say({"recorded_one_in": 1}, {}, {"backed_up_at_us": now_us - 5 * 3_600_000_000})
    await camera.shoot("health")


async def _low(camera: Any, pretence: Pretence) -> None:
    low = {"blocked_by": ("disk",), "is_publishing_blocked": True}
    marks = {"low_bytes": 8 * GB, "bare_bytes": GB // 2}
    await pretence.say(low, marks, {"free_bytes": 620_000_000, "disk_bytes": 64 * GB})
    await camera.shoot("health-low")


async def _failed(camera: Any, pretence: Pretence) -> None:
    failed = {"blocked_by": ("store",), "is_publishing_blocked": True, "store_problem": FAILED}
    await pretence.say(failed, {"problem": FAILED, "pending_bytes": 84_000}, {})
    await camera.shoot("health-failed")


async def _sampling(camera: Any, pretence: Pretence) -> None:
    since_us = camera.studio.workspace.now_us() - 190_000_000
    disk = {"sync_us": 31_000, "commit_p50_us": 42_000, "commit_p99_us": 180_000, "busy_share": 0.97}
    health = {"recorded_one_in": 8, "recorded_since_us": since_us, "pending_bytes": 2_400_000}
    await pretence.say({"recorded_one_in": 8}, health, disk)
    await camera.shoot("health-sampling")


async def _memory(camera: Any, pretence: Pretence) -> None:
    await pretence.say({"recorded_one_in": 1}, {"path": "", "disk": None}, {})
    await camera.shoot("health-memory")


async def _backup(camera: Any, pretence: Pretence) -> None:
    from mqstudio.model.disk import BackupState  # noqa: PLC0415 - beside its use

    await pretence.say({"recorded_one_in": 1}, {}, {})
    camera.studio.backup._take(BackupState(str(Path.home() / "shop-backup.mqs"), True, 0.43))
    await camera.shoot("backup")
    camera.studio.backup._take(BackupState())


async def _profiles(camera: Any, pretence: Pretence) -> None:
    await pretence.say({"recorded_one_in": 1}, {}, {})
    folder = Path(camera.studio.health.health.path).parent
    for name, size in (("shop", 3_400_000), ("workshop-2026", 84_000_000)):
        (folder / f"{name}.mqs").write_bytes(bytes(size) if name != "shop" else b"\x9c" * size)
    menu = camera.window.files.profiles
    menu.popup(camera.window.mapToGlobal(camera.window.rect().topLeft()))
    await camera.shoot("profiles", on=menu)
    menu.close()


async def _encrypt(camera: Any, pretence: Pretence) -> None:
    dialog = camera.window.files.ask_encrypt()
    for name, text in (("key", "correct horse"), ("again", "correct hors")):
        dialog.form.edit(name, text)
    await camera.shoot("encrypt", on=dialog)
    dialog.reject()


async def _unlock(camera: Any, pretence: Pretence) -> None:
    dialog = camera.window.files.ask_key(camera.studio.host, "shop.mqs")
    dialog.form.edit("key", "wrong horse")
    dialog.form.refusal = "That passphrase does not fit shop.mqs. Capitals and spaces count."
    dialog.refresh()
    await camera.shoot("unlock", on=dialog)
    dialog.reject()


async def _switch(camera: Any, pretence: Pretence) -> None:
    dialog = camera.window.files.open_profile("shop")
    await camera.shoot("switch", on=dialog)
    dialog.reject()


async def _past(camera: Any, pretence: Pretence) -> None:
    """The end of a list, a damaged message."""
    yesterday_us = camera.studio.workspace.now_us() - 86_400_000_000
    await pretence.say({"recorded_one_in": 1}, {}, {"oldest_kept_us": yesterday_us})
    inspector, view = camera.studio.inspector, camera.window.queue_view
    view.table.select_row(3)
    await camera.until(lambda: inspector.detail)
    row = msgspec.structs.replace(inspector.detail.row, problem="its body is not what was written")
    inspector.detail = msgspec.structs.replace(inspector.detail, row=row)
    view.toggle_pause()
    inspector.changed.emit()
    await camera.shoot("past")
    view.toggle_pause()


_ONE_BY_ONE = {
    "health": _normal, "health-low": _low, "health-failed": _failed, "health-sampling": _sampling,
    "health-memory": _memory, "backup": _backup, "profiles": _profiles, "encrypt": _encrypt,
    "unlock": _unlock, "switch": _switch, "past": _past,
}  # fmt: skip
