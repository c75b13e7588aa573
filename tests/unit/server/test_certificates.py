"""The certificates of a data folder."""

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.verification import ExtensionPolicy, PolicyBuilder, Store

from mqstudio.server import certificates
from mqstudio.server.certificates import SERVER_RENEWAL, Certificates

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def kept(tmp_path: Path) -> Certificates:
    made = Certificates(tmp_path)
    made.make_authority(NOW)
    return made


def load(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def test_the_authority_is_made_once(kept: Certificates) -> None:
    """Whoever trusts it goes on trusting it."""
    before = kept.authority.certificate.read_bytes()
    assert not kept.make_authority(NOW)
    assert kept.authority.certificate.read_bytes() == before


def test_keys_are_for_their_user_only(kept: Certificates) -> None:
    kept.renew_server(NOW)
    client = kept.make_client("anna", NOW)
    for pair in (kept.authority, kept.server, client):
        assert stat.S_IMODE(pair.key.stat().st_mode) == 0o600
        assert b"PRIVATE KEY" in pair.key.read_bytes()
        assert b"PRIVATE KEY" not in pair.certificate.read_bytes()
    assert not list(kept.folder.rglob("*.new"))


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "::1"])
def test_the_brokers_certificate_is_good_for_loopback_names(kept: Certificates, name: str) -> None:
    """By the rules of the web, which are stricter than most clients'."""
    import ipaddress

    kept.renew_server(NOW)
    subject = x509.DNSName(name) if name == "localhost" else x509.IPAddress(ipaddress.ip_address(name))
    verifier = (
        PolicyBuilder()
        .store(Store([load(kept.authority.certificate)]))
        .time(NOW + timedelta(days=80))
        .build_server_verifier(subject)
    )
    chain = verifier.verify(load(kept.server.certificate), [])
    assert len(chain) == 2


def test_a_users_certificate_names_the_user(kept: Certificates) -> None:
    pair = kept.make_client("anna", NOW)
    certificate = load(pair.certificate)
    certificate.verify_directly_issued_by(load(kept.authority.certificate))
    assert certificate.subject.rfc4514_string() == "CN=anna"
    verifier = (
        PolicyBuilder()
        .store(Store([load(kept.authority.certificate)]))
        .time(NOW)
        .extension_policies(
            ca_policy=ExtensionPolicy.webpki_defaults_ca(), ee_policy=ExtensionPolicy.permit_all()
        )
        .build_client_verifier()
    )
    assert len(verifier.verify(certificate, []).chain) == 2


def test_the_brokers_certificate_is_renewed_in_time(kept: Certificates) -> None:
    assert kept.renew_server(NOW)
    good_until = certificates.good_until(kept.server.certificate)
    assert good_until == NOW + timedelta(days=90)
    before = kept.server.certificate.read_bytes()
    assert not kept.renew_server(good_until - SERVER_RENEWAL - timedelta(seconds=1))
    assert kept.server.certificate.read_bytes() == before
    assert kept.renew_server(good_until - SERVER_RENEWAL + timedelta(seconds=1))
    assert kept.server.certificate.read_bytes() != before


@pytest.mark.parametrize("harm", ["another authority", "no certificate", "no key", "nonsense"])
def test_a_certificate_that_does_not_fit_is_made_anew(kept: Certificates, harm: str) -> None:
    kept.renew_server(NOW)
    if harm == "another authority":
        kept.authority.key.unlink()
        assert kept.make_authority(NOW)
    elif harm == "nonsense":
        kept.server.certificate.write_text("nonsense")
    else:
        (kept.server.certificate if harm == "no certificate" else kept.server.key).unlink()
    assert kept.renew_server(NOW)
    load(kept.server.certificate).verify_directly_issued_by(load(kept.authority.certificate))


@pytest.mark.parametrize("user", ["../../evil", "a/b", "ü\0", ".", "CN=x,O=y"])
def test_names_of_users_stay_in_their_folder(kept: Certificates, user: str) -> None:
    pair = kept.make_client(user, NOW)
    assert pair.certificate.parent == kept.folder / "clients"
    assert kept.clients() == [(user, pair.certificate)]


def test_client_certificates_are_listed(kept: Certificates) -> None:
    assert kept.clients() == []
    pairs = {user: kept.make_client(user, NOW) for user in ("bert", "anna")}
    assert kept.clients() == [(user, pairs[user].certificate) for user in ("anna", "bert")]


@pytest.mark.parametrize("user", ["", "u" * 65])
def test_a_name_that_no_certificate_holds_is_refused(kept: Certificates, user: str) -> None:
    with pytest.raises(ValueError, match=f"has {len(user)}"):
        kept.make_client(user, NOW)


def test_a_broken_authority_is_said(kept: Certificates) -> None:
    kept.authority.key.write_text("nonsense")
    with pytest.raises(ValueError):
        kept.make_client("anna", NOW)
