"""A certificate authority in one folder."""

import datetime
import ipaddress
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

Key = ec.EllipticCurvePrivateKey

SIGNS = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)


class Authority:
    """Signs certificates that last `days`; writes NAME.crt and NAME.key. A folder that has an authority keeps it."""

    def __init__(self, folder: Path, days: int = 1):
        self.folder, self._days = folder, days
        self._name = _name("tests")
        self.file, key = folder / "ca.crt", folder / "ca.key"
        if key.exists():
            self._key = _read_key(key)
            self.certificate = x509.load_pem_x509_certificate(self.file.read_bytes())
            return
        self._key = _new_key()
        self.certificate = self._sign(self._name, self._key, x509.BasicConstraints(ca=True, path_length=None), SIGNS)
        self.file.write_bytes(self.certificate.public_bytes(serialization.Encoding.PEM))
        write_key(key, self._key)

    def issue(
        self,
        name: str,
        common_name: str,
        organization: str | None = None,
        addresses: list[str] | None = None,
        hosts: list[str] | None = None,
    ) -> None:
        key = _new_key()
        names: list[x509.GeneralName] = [x509.DNSName(each) for each in ["localhost", *(hosts or [])]]
        names += [x509.IPAddress(ipaddress.ip_address(each)) for each in addresses or []]
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH])
        certificate = self._sign(_name(common_name, organization), key, x509.SubjectAlternativeName(names), usage)
        (self.folder / f"{name}.crt").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        write_key(self.folder / f"{name}.key", key)

    def _sign(self, subject: x509.Name, key: Key, *extensions: x509.ExtensionType) -> x509.Certificate:
        now = datetime.datetime.now(datetime.UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(minutes=5))
            .not_valid_after(now + datetime.timedelta(days=self._days))
        )
        # Python 3.13 and later refuse certificates that do not name their keys.
        keys = (
            x509.SubjectKeyIdentifier.from_public_key(key.public_key()),
            x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()),
        )
        for extension in (*extensions, *keys):
            critical = isinstance(extension, x509.BasicConstraints | x509.KeyUsage)
            builder = builder.add_extension(extension, critical=critical)
        return builder.sign(self._key, hashes.SHA256())


def write_key(path: Path, key: Key) -> None:
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        )
    )


def _new_key() -> Key:
    return ec.generate_private_key(ec.SECP256R1())


def _read_key(path: Path) -> Key:
    key = serialization.load_pem_private_key(path.read_bytes(), None)
    assert isinstance(key, Key), f"{path} was written by write_key"
    return key


def _name(common_name: str, organization: str | None = None) -> x509.Name:
    parts = [x509.NameAttribute(NameOID.COMMON_NAME, common_name)]
    if organization:
        parts.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization))
    return x509.Name(parts)
