"""Pictures of the composer: a template, a mistake in it, a sending under way, what was sent, the library."""

import asyncio
from typing import Any

NAMES = ("publish-template", "publish-error", "publish-sending", "publish-history", "publish-library")
TEMPLATE = """{
  "id": {{seq}},
  "name": {{faker.name | json}},
  "total": {{random 5.00 99.99}},
  "at": "{{now}}"
}"""
HEIGHT = 420


async def take(camera: Any, wanted: set[str]) -> None:
    """All of these pictures, or those wanted."""
    chosen = [name for name in NAMES if not wanted or name in wanted]
    if not chosen:
        return
    workspace, window, composer = camera.studio.workspace, camera.window, camera.studio.composer
    await camera.until(lambda: workspace.is_live and workspace.exchanges)
    camera.start("shop")
    await camera.until(lambda: workspace.queue("/", "orders") is not None)
    window.open_queue("/", "orders")
    window.compose()
    _enlarge(window)
    _fill(composer)
    await camera.until(lambda: composer.route.startswith("Will reach"))
    for name in chosen:
        await _TAKES[name](camera)


def _enlarge(window: Any) -> None:
    from PySide6.QtCore import Qt  # noqa: PLC0415 - Qt needs the display first

    window.resizeDocks([window.panes.docks["publish"]], [HEIGHT], Qt.Orientation.Vertical)


def _fill(composer: Any) -> None:
    from mqstudio.viewmodel.publish_draft import BodyKind, HeaderDraft  # noqa: PLC0415 - as above

    nested = (HeaderDraft("source", "string", "picture"), HeaderDraft("attempt", "uint8", "1"))
    composer.edit(
        exchange="shop", routing_key="order.new", body=TEMPLATE, body_kind=BodyKind.JSON, is_template=True,
        properties={"content_type": "application/json", "message_id": "{{uuid #id}}", "priority": "5"},
        headers=[HeaderDraft("x-tenant", "string", "acme"), HeaderDraft("retry", "int32", "{{seq}}"),
                 HeaderDraft("trace", "table", "", nested)],
        count="1000", rate="50", seed="7",
    )  # fmt: skip


async def _template(camera: Any) -> None:
    await camera.shoot("publish-template")


async def _error(camera: Any) -> None:
    composer = camera.studio.composer
    composer.edit(body=TEMPLATE.replace("faker.name", "faker.nmae"))
    await camera.shoot("publish-error")
    composer.edit(body=TEMPLATE)


async def _sending(camera: Any) -> None:
    composer = camera.studio.composer
    composer.plan("in 2 h")
    composer.edit(rate="20")
    camera.window.publish.send()
    await camera.until(lambda: composer.running.now and composer.running.now[0].sending.done > 40)
    camera.studio.notices.shown.clear()
    await camera.shoot("publish-sending")
    composer.running.now[0].sending.cancel()
    await camera.until(lambda: not composer.running.now)
    for planned in composer.schedule.planned:
        composer.schedule.cancel(planned.id)
    composer.edit(rate="50")


async def _history(camera: Any) -> None:
    composer = camera.studio.composer
    composer.edit(count="1")
    for _ in range(3):
        await composer.send()
    camera.window.publish.show_history()
    await asyncio.sleep(0.5)
    await camera.shoot("publish-history")
    camera.window.publish.show_form()


async def _library(camera: Any) -> None:
    composer = camera.studio.composer
    for name in ("Order, new", "Order, total missing", "Refund"):
        composer.library.save(name, composer.draft)
    camera.window.publish.show_library()
    await asyncio.sleep(0.5)
    await camera.shoot("publish-library")
    camera.window.publish.show_form()


_TAKES = {
    "publish-template": _template, "publish-error": _error, "publish-sending": _sending,
    "publish-history": _history, "publish-library": _library,
}  # fmt: skip
