"""TLS between a socket and a link, with Python's own TLS as the client."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from mqstudio.server import certificates, tls
from mqstudio.server.certificates import SERVER_RENEWAL, Certificates
from mqstudio.server.tls import Contexts, TlsLayer
from tests.support.amqp091 import PROTOCOL_HEADER, split
from tests.support.peers import SCRIPTED, ScriptedSession, new_broker
from tests.support.waiting import eventually_async


class Served:
    """A broker that listens with TLS within this process."""

    def __init__(self, data_dir: Path, protocol: str) -> None:
        self.broker = new_broker()
        self.certificates = Certificates(data_dir)
        self.contexts = Contexts(self.certificates)
        self.protocol = protocol
        self.port = 0

    async def listen(self) -> asyncio.Server:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            lambda: TlsLayer(self.contexts, self.broker.new_link(self.protocol)), "127.0.0.1", 0
        )
        self.port = server.sockets[0].getsockname()[1]
        return server

    def client_context(self, user: str = "") -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=self.contexts.authority_path)
        if user:
            pair = self.certificates.make_client(user, certificates.now())
            context.load_cert_chain(pair.certificate, pair.key)
        return context

    async def connect(self, context: ssl.SSLContext) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.port, ssl=context, server_hostname="localhost")


@pytest_asyncio.fixture
async def amqp(tmp_path: Path) -> AsyncIterator[Served]:
    served = Served(tmp_path, "amqp091")
    async with await served.listen():
        yield served


@pytest_asyncio.fixture
async def scripted(tmp_path: Path) -> AsyncIterator[Served]:
    served = Served(tmp_path, SCRIPTED)
    async with await served.listen():
        yield served


async def hang_up(writer: asyncio.StreamWriter) -> None:
    writer.close()
    await asyncio.wait([asyncio.ensure_future(writer.wait_closed())])  # noqa: TID251


async def greeting(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    """Begin AMQP; the mechanisms that are offered."""
    writer.write(PROTOCOL_HEADER)
    head = await reader.readexactly(7)
    rest = await reader.readexactly(int.from_bytes(head[3:7]) + 1)
    (start,) = split(head + rest)
    mechanisms: bytes = start.args[3]
    return mechanisms


async def test_a_session_speaks_through_tls(amqp: Served) -> None:
    reader, writer = await amqp.connect(amqp.client_context())
    assert await greeting(reader, writer) == b"PLAIN AMQPLAIN"
    await hang_up(writer)


async def test_a_certificate_of_ours_names_its_user(amqp: Served) -> None:
    reader, writer = await amqp.connect(amqp.client_context("anna"))
    assert await greeting(reader, writer) == b"PLAIN AMQPLAIN EXTERNAL"
    (link,) = amqp.broker.links.values()
    assert link.certificate_name == "anna"
    await hang_up(writer)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_large_data_passes_both_ways_with_the_brakes_of_both_ends(
    scripted: Served, version: ssl.TLSVersion
) -> None:
    context = scripted.client_context()
    context.minimum_version = context.maximum_version = version
    reader, writer = await scripted.connect(context)
    data = bytes(range(256)) * 40_000
    writer.write(data)
    await writer.drain()
    (link,) = scripted.broker.links.values()
    session = link.session
    assert isinstance(session, ScriptedSession)
    await eventually_async(lambda: sum(map(len, session.heard)) == len(data))
    assert b"".join(session.heard) == data
    session.outbox += data
    link.flush(0)
    assert link.is_choked
    assert await reader.readexactly(len(data)) == data
    await eventually_async(lambda: not link.is_choked)
    await hang_up(writer)


async def test_nobody_reads_from_the_socket_past_tls(scripted: Served) -> None:
    _, writer = await scripted.connect(scripted.client_context())
    (link,) = scripted.broker.links.values()
    layer = link._transport
    assert isinstance(layer, TlsLayer)
    assert layer.get_extra_info("peername")
    assert layer.get_extra_info("socket") is None
    await hang_up(writer)


async def test_a_link_that_does_not_read_gets_nothing_until_it_does(scripted: Served) -> None:
    """Also what TLS has decrypted already."""
    _, writer = await scripted.connect(scripted.client_context())
    writer.write(b"first")
    (link,) = scripted.broker.links.values()
    session = link.session
    assert isinstance(session, ScriptedSession)
    await eventually_async(lambda: session.heard == [b"first"])
    link.pause_reading("test", is_paused=True)
    writer.write(b"second")
    _, other = await scripted.connect(scripted.client_context())
    other.write(b"x")
    await eventually_async(
        lambda: any(_heard(each.session) == [b"x"] for each in scripted.broker.links.values())
    )
    assert session.heard == [b"first"]
    link.pause_reading("test", is_paused=False)
    await eventually_async(lambda: session.heard == [b"first", b"second"])
    await hang_up(other)
    await hang_up(writer)


def _heard(session: object) -> list[bytes]:
    assert isinstance(session, ScriptedSession)
    return session.heard


async def test_the_end_is_said_in_tls(scripted: Served) -> None:
    reader, writer = await scripted.connect(scripted.client_context())
    writer.write(b"x")
    (link,) = scripted.broker.links.values()
    session = link.session
    await eventually_async(lambda: _heard(session) == [b"x"])
    session.shut_down("goodbye")
    link.flush(0)
    assert await reader.read() == b"goodbye"
    await hang_up(writer)
    await eventually_async(lambda: not scripted.broker.links)


async def test_a_client_that_says_goodbye_is_gone(scripted: Served) -> None:
    _, writer = await scripted.connect(scripted.client_context())
    await hang_up(writer)
    await eventually_async(lambda: not scripted.broker.links)


# ---- what goes wrong, in the log


async def refused(served: Served, context: ssl.SSLContext) -> None:
    """Be turned away, at once or at the first reading (TLS 1.3)."""
    with pytest.raises((ssl.SSLError, ConnectionError)):
        reader, writer = await served.connect(context)
        try:
            writer.write(b"x")
            await reader.readexactly(1)
        finally:
            writer.transport.abort()


async def logged(caplog: pytest.LogCaptureFixture, says: str) -> None:
    await eventually_async(lambda: says in caplog.text)


async def test_a_foreign_certificate_is_refused(
    amqp: Served, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    foreign = Certificates(tmp_path / "foreign")
    foreign.make_authority(certificates.now())
    pair = foreign.make_client("anna", certificates.now())
    context = amqp.client_context()
    context.load_cert_chain(pair.certificate, pair.key)
    await refused(amqp, context)
    await logged(caplog, "the client's certificate was refused: ")
    await eventually_async(lambda: not amqp.broker.links)


async def test_an_expired_certificate_is_refused(amqp: Served, caplog: pytest.LogCaptureFixture) -> None:
    long_ago = certificates.now() - timedelta(days=1_000)
    amqp.certificates.authority.key.unlink()
    amqp.certificates.make_authority(long_ago)
    amqp.contexts = Contexts(amqp.certificates)
    context = amqp.client_context()
    pair = amqp.certificates.make_client("anna", long_ago)
    context.load_cert_chain(pair.certificate, pair.key)
    await refused(amqp, context)
    await logged(caplog, "the client's certificate was refused: certificate has expired")


async def test_a_client_that_does_not_trust_us_is_named_the_file_it_needs(
    amqp: Served, caplog: pytest.LogCaptureFixture
) -> None:
    """As most clients do; Python's asyncio hangs up without a word."""

    def connect() -> None:
        with (
            socket.create_connection(("127.0.0.1", amqp.port)) as plain,
            pytest.raises(ssl.SSLCertVerificationError),
        ):
            ssl.create_default_context().wrap_socket(plain, server_hostname="localhost")

    await asyncio.to_thread(connect)
    await logged(caplog, "the client refuses our certificate (tlsv1 alert unknown ca)")
    await logged(caplog, f"it needs to trust {amqp.contexts.authority_path}")


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated")
async def test_an_old_tls_is_refused(amqp: Served, caplog: pytest.LogCaptureFixture) -> None:
    context = amqp.client_context()
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    await refused(amqp, context)
    await logged(caplog, "the client wants a TLS older than 1.2")


@pytest.mark.parametrize(
    ("said", "says"),
    [
        (PROTOCOL_HEADER, "the peer speaks AMQP without TLS"),
        (b"GET / HTTP/1.1\r\n\r\n", "the peer speaks HTTP without TLS"),
        (b"\0hello", "the peer does not speak TLS: it began with"),
        (b"\x16\x03\x01\x00\x05hello", "TLS failed"),
    ],
)
async def test_what_is_no_tls_is_hung_up_on(
    amqp: Served, caplog: pytest.LogCaptureFixture, said: bytes, says: str
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", amqp.port)
    writer.write(said)
    answer = await reader.read()
    assert answer == b"" or said.startswith(b"\x16")
    await logged(caplog, says)
    await hang_up(writer)


async def test_a_peer_that_goes_amid_the_handshake_is_logged(
    amqp: Served, caplog: pytest.LogCaptureFixture
) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", amqp.port)
    writer.write(b"\x16")
    await writer.drain()
    await hang_up(writer)
    await logged(caplog, "hung up amid the TLS handshake")


# ---- renewal


def test_the_context_is_renewed_with_the_certificate(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    time = datetime(2026, 1, 1, tzinfo=UTC)
    contexts = Contexts(Certificates(tmp_path), lambda: time)
    first = contexts.current()
    time += timedelta(days=59)
    assert contexts.current() is first
    time += timedelta(days=2)
    second = contexts.current()
    assert second is not first
    assert contexts.current() is second
    assert "certificate_renewed" in caplog.text


def test_what_cannot_be_renewed_is_said_and_tried_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    time = datetime(2026, 1, 1, tzinfo=UTC)
    kept = Certificates(tmp_path)
    contexts = Contexts(kept, lambda: time)
    first = contexts.current()
    kept.authority.key.write_text("nonsense")
    time += timedelta(days=61)
    assert contexts.current() is first
    assert contexts.current() is first
    assert caplog.text.count("certificate_not_renewed") == 1
    time += SERVER_RENEWAL / 30 + timedelta(seconds=1)
    contexts.current()
    assert caplog.text.count("certificate_not_renewed") == 2


def test_names_in_certificates_are_found() -> None:
    subject = ((("countryName", "XX"),), (("commonName", "anna"),))
    assert tls.name_in({"subject": subject}) == "anna"
    assert tls.name_in({"subject": ()}) == tls.name_in({}) == tls.name_in(None) == ""
