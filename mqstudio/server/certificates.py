"""A certificate authority of this broker's own, and what it signs: for the broker itself, and for its users.

Made when asked for, kept below the data folder, keys readable by their user only (0600). Nothing is put
into any trust store: whoever connects is given the authority's certificate file.
"""

import ipaddress
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

AUTHORITY_LIFE: Final = timedelta(days=3_650)
SERVER_LIFE: Final = timedelta(days=90)
SERVER_RENEWAL: Final = timedelta(days=30)
"""The broker's own certificate is renewed when it has less than this left."""
CLIENT_LIFE: Final = timedelta(days=365)
_CLOCKS_DIFFER: Final = timedelta(hours=1)
_COMMON_NAME_MAX: Final = 64  # characters; X.520's bound on a common name
_NAMES: Final = ("localhost",)
_ADDRESSES: Final = ("127.0.0.1", "::1")

_Key = ec.EllipticCurvePrivateKey


@dataclass(frozen=True, slots=True)
class Pair:
    """The files of a certificate and its key."""

    certificate: Path
    key: Path

    def exist(self) -> bool:
        """Whether both are there."""
        return self.certificate.is_file() and self.key.is_file()


class Certificates:
    """The certificates of a data folder. `now` is a parameter wherever time matters."""

    def __init__(self, data_dir: Path) -> None:
        self.folder = data_dir / "certificates"
        self.authority = self._pair("ca")
        self.server = self._pair("server")

    def make_authority(self, now: datetime) -> bool:
        """Make the authority unless there is one; returns whether it is new. Raises: OSError."""
        if self.authority.exist():
            return False
        key = ec.generate_private_key(ec.SECP256R1())
        name = _name("MQ Studio local certificate authority")
        builder = _begin(name, name, key, now, AUTHORITY_LIFE).add_extension(
            x509.BasicConstraints(ca=True, path_length=0), critical=True
        )
        builder = builder.add_extension(_usage(signs_certificates=True), critical=True)
        self._write(self.authority, builder.sign(key, hashes.SHA256()), key)
        return True

    def renew_server(self, now: datetime) -> bool:
        """Make the broker's own certificate unless there is one that lasts; returns whether it is new.

        Raises: OSError or ValueError if the authority cannot be read.
        """
        if self.server.exist() and self._still_good(now):
            return False
        names: list[x509.GeneralName] = [x509.DNSName(name) for name in _NAMES]
        names += [x509.IPAddress(ipaddress.ip_address(address)) for address in _ADDRESSES]
        purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
        self._sign(self.server, _NAMES[0], now, SERVER_LIFE, purpose, x509.SubjectAlternativeName(names))
        return True

    def make_client(self, user: str, now: datetime) -> Pair:
        """Make a certificate by which a user logs in; one made before is replaced, but stays good.

        Raises: ValueError for a name that does not fit, or if the authority cannot be read; OSError.
        """
        if not 0 < len(user) <= _COMMON_NAME_MAX:
            raise ValueError(
                f"A certificate holds names of 1 to {_COMMON_NAME_MAX} characters; '{user}' has {len(user)}."
            )
        pair = self._pair(_file_name(user), "clients")
        purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])
        self._sign(pair, user, now, CLIENT_LIFE, purpose)
        return pair

    def clients(self) -> list[tuple[str, Path]]:
        """The client certificates there are: user and file."""
        found = []
        for path in sorted((self.folder / "clients").glob("*.pem")):
            if not path.name.endswith(".key.pem"):
                found.append((_common_name(_read(path)), path))
        return found

    def _pair(self, name: str, folder: str = "") -> Pair:
        home = self.folder / folder
        return Pair(home / f"{name}.pem", home / f"{name}.key.pem")

    def _still_good(self, now: datetime) -> bool:
        """Whether the broker's certificate lasts, and is by the authority there is now."""
        try:
            certificate, authority = _read(self.server.certificate), _read(self.authority.certificate)
            certificate.verify_directly_issued_by(authority)
        except Exception:  # whatever is wrong with it (libraries differ): a new one is made
            return False
        return certificate.not_valid_after_utc - now > SERVER_RENEWAL

    def _sign(
        self,
        pair: Pair,
        common_name: str,
        now: datetime,
        life: timedelta,
        *extensions: x509.ExtensionType,
    ) -> None:
        authority = _read(self.authority.certificate)
        authority_key = serialization.load_pem_private_key(self.authority.key.read_bytes(), None)
        if not isinstance(authority_key, _Key):
            raise ValueError(f"{self.authority.key} holds no key of ours (elliptic curve).")
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _begin(_name(common_name), authority.subject, key, now, life).add_extension(
            x509.BasicConstraints(ca=False, path_length=None), critical=True
        )
        builder = builder.add_extension(_usage(signs_certificates=False), critical=True)
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key())
        for extension in (issuer, *extensions):
            builder = builder.add_extension(extension, critical=False)
        self._write(pair, builder.sign(authority_key, hashes.SHA256()), key)

    def _write(self, pair: Pair, certificate: x509.Certificate, key: _Key) -> None:
        """The key first: a certificate without its key would be of no use."""
        pair.key.parent.mkdir(parents=True, exist_ok=True)
        text = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        _put(pair.key, text, 0o600)
        _put(pair.certificate, certificate.public_bytes(serialization.Encoding.PEM), 0o644)


def _begin(
    subject: x509.Name, issuer: x509.Name, key: _Key, now: datetime, life: timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCKS_DIFFER)
        .not_valid_after(now + life)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _common_name(certificate: x509.Certificate) -> str:
    attributes = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(attributes[0].value) if attributes else ""


def _read(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def _file_name(user: str) -> str:
    """A name's letters and digits, all else as its number: names come from strangers."""
    return "".join(c if c.isascii() and (c.isalnum() or c in "_-") else f"%{ord(c):x}" for c in user)


def _put(path: Path, text: bytes, mode: int) -> None:
    """Write a file, whole or not at all, that nobody else could read in the meantime."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(text)
    fresh.chmod(mode)
    fresh.replace(path)


def good_until(certificate: Path) -> datetime:
    """When a certificate file expires. Raises: OSError, ValueError."""
    return _read(certificate).not_valid_after_utc


def now() -> datetime:
    """The present time."""
    return datetime.now(UTC)
