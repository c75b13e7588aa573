"""Programs that a message is copied as are run: they publish exactly that message, whatever its bytes are."""

import asyncio
import re
import shutil
import stat
import subprocess
import sys
from asyncio.subprocess import PIPE
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mqstudio.client.client import Client
from mqstudio.model.message import Header, Properties
from mqstudio.model.rows import MessageDetail
from mqstudio.viewmodel.code import connecting, python, shell
from mqstudio.viewmodel.code.letter import Letter
from tests.support.broker import RunningBroker

EVERY_BYTE = bytes(range(256))
NASTY = "a'b\"c\\d`e`$HOME $(id) !\n\t\r é € 😀 \u2028 {x} %s\\n"
TYPED = [
    Header("text'\"\\", "string", NASTY),
    Header("count", "int64", 2**40),
    Header("small", "int32", -5),
    Header("half", "double", 0.5),
    Header("yes", "bool", True),
    Header("none", "null", None),
    Header("raw", "bytes", EVERY_BYTE),
    Header("at", "timestamp", 1_700_000_000),
    Header("price", "decimal", "12.50"),
    Header("inner", "table", [Header("a", "string", "b")]),
    Header("list", "list", [Header("", "string", "x"), Header("", "int64", 2**33)]),
]
FULL = Properties(
    content_type="application/json", headers=TYPED, delivery_mode=2, priority=4, correlation_id=NASTY,
    reply_to="replies", expiration="60000", message_id="m-1", timestamp_s=1_700_000_001, type="order",
    app_id="shop",
)  # fmt: skip


def letter(broker: RunningBroker, body: bytes, properties: Properties = FULL) -> Letter:
    return Letter("", "code", body, properties, "127.0.0.1", broker.port_amqp)


@pytest.fixture
async def client(broker: RunningBroker) -> Any:
    async with await broker.attach() as client:
        await client.declare_queue("code")
        await client.purge("code")
        yield client


async def arrived(client: Client) -> MessageDetail:
    """The one message that the program has published."""
    page = await client.page("code", states=None)
    return await client.message("code", page.rows[0].message_id)


def run_python(source: str) -> None:
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr.decode()


@pytest.mark.parametrize(
    "body", [EVERY_BYTE, NASTY.encode(), b"", b'{"total": 1}'], ids=["every byte", "nasty", "third", "json"]
)
async def test_python_publishes_it_again(broker: RunningBroker, client: Client, body: bytes) -> None:
    """Body, properties and typed headers come back as they were."""
    run_python(python.write(letter(broker, body)))
    detail = await arrived(client)
    assert detail.body == body
    said = {header.name: (header.kind, header.value) for header in detail.properties.headers or []}
    for header in TYPED:
        if header.kind in ("decimal", "double"):  # pika has no floating-point numbers
            assert said[header.name][0] == "decimal"
            assert float(said[header.name][1]) == float(header.value)
        elif header.kind not in ("table", "list"):
            assert said[header.name][1] == header.value, header.name
    for name in ("content_type", "delivery_mode", "priority", "correlation_id", "expiration", "timestamp_s"):
        assert getattr(detail.properties, name) == getattr(FULL, name)


@pytest.fixture
def sh(broker: RunningBroker, tmp_path: Path) -> Callable[[str], None]:
    """Run lines of a shell in which `mqstudio` means the module's broker."""
    program = tmp_path / "mqstudio"
    program.write_text(
        f'#!/bin/sh\nshift\nexec "{sys.executable}" -m mqstudio publish --data-dir "{broker.data_dir}" "$@"\n'
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)

    def run(line: str) -> None:
        environment = {"PATH": f"{tmp_path}:/usr/bin:/bin", "PYTHONPATH": str(Path.cwd()), "LANG": "C.UTF-8"}
        done = subprocess.run(
            ["sh", "-c", line], capture_output=True, timeout=60, check=False, env=environment
        )
        assert done.returncode == 0, done.stderr.decode()

    return run


@pytest.mark.parametrize(
    "body",
    [EVERY_BYTE, NASTY.encode(), b"it's $HOME\n\n", b'{"total": 1}'],
    ids=["every byte", "nasty", "third", "json"],
)
async def test_the_shell_publishes_it_again(
    broker: RunningBroker, client: Client, sh: Callable[[str], None], body: bytes
) -> None:
    """With its text headers; of the others a comment says that they were left out."""
    line = shell.write(letter(broker, body))
    sh(line)
    detail = await arrived(client)
    assert detail.body == body
    assert [(h.name, h.value) for h in detail.properties.headers or []] == [("text'\"\\", NASTY)]
    assert detail.properties.correlation_id == NASTY
    left = re.findall(r'^# Left out: header "(\w+)"', line, re.MULTILINE)
    assert left == [header.name for header in TYPED[1:]]


# ---- programs that connect


@pytest.mark.parametrize("name", ["python", "aio_pika"])
async def test_a_copied_reader_reads_the_queue(broker: RunningBroker, client: Client, name: str) -> None:
    """It prints what is published, and acknowledges it."""
    await client.publish("", "code", b"for the reader")
    source = connecting.snippet(name, port=broker.port_amqp, vhost="/", queue="code")
    reader = await asyncio.create_subprocess_exec(sys.executable, "-u", "-c", source, stdout=PIPE)
    try:
        assert reader.stdout is not None
        line = await asyncio.wait_for(reader.stdout.readline(), 60)
    finally:
        reader.terminate()
        await reader.wait()
    assert line.strip() == b"b'for the reader'"


@pytest.mark.parametrize("name", ["python", "aio_pika"])
async def test_a_copied_publisher_publishes(broker: RunningBroker, client: Client, name: str) -> None:
    """One message by the exchange; also where that has an odd name, which aio-pika does not take."""
    exchange = "code'\"x" if name == "python" else "code-x"
    await client.declare_exchange(exchange, "fanout")
    await client.bind(exchange, "code", "")
    run_python(connecting.snippet(name, port=broker.port_amqp, vhost="/", exchange=exchange))
    assert (await arrived(client)).body == b"Hello"


@pytest.mark.parametrize("place", [{"queue": NASTY}, {"exchange": NASTY}], ids=["reader", "publisher"])
def test_a_copied_javascript_program_is_one(tmp_path: Path, place: dict[str, str]) -> None:
    """Whatever is in the name."""
    program = tmp_path / "program.js"
    program.write_text(connecting.snippet("javascript", port=5672, vhost="/", **place))
    node = shutil.which("node")
    if node is not None:
        done = subprocess.run([node, "--check", str(program)], capture_output=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr.decode()
    assert "amqplib" in program.read_text()
