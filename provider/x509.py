"""Keys and certificates, PEM in and out, strict enough for OpenSSL's X509_STRICT (Python 3.13's default)."""

import datetime
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

VALID = datetime.timedelta(days=365)
VALID_AUTHORITY = datetime.timedelta(days=3650)
RENEW_WITHIN = datetime.timedelta(days=30)
CLOCK_SKEW = datetime.timedelta(minutes=5)


@dataclass(frozen=True)
class Authority:
    """Who signs: the key and the certificate that clients trust, both PEM."""

    key: str
    cert: str


def new_key() -> str:
    """A private key on the curve P-256, PKCS 8."""
    return (
        ec.generate_private_key(ec.SECP256R1())
        .private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        .decode()
    )


def near_its_end(pem: str) -> bool:
    """True within RENEW_WITHIN of the certificate's end, and after it."""
    end = x509.load_pem_x509_certificate(pem.encode()).not_valid_after_utc
    return datetime.datetime.now(datetime.UTC) > end - RENEW_WITHIN


def issue(
    private_key: str, common_name: str, hosts: Sequence[str], *, is_ca: bool = False, authority: Authority | None = None
) -> str:
    """The certificate of `private_key` for `hosts`, signed by `authority`, else by itself."""
    key = _key(private_key, "private_key")
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    signer, issuer = (_key(authority.key, "ca_key"), _issuer(authority)) if authority else (key, subject)
    now = datetime.datetime.now(datetime.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCK_SKEW)
        .not_valid_after(now + (VALID_AUTHORITY if is_ca else VALID))
        .add_extension(x509.BasicConstraints(ca=is_ca, path_length=0 if is_ca else None), critical=True)
        .add_extension(_usage(is_ca), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
    )
    if hosts:
        builder = builder.add_extension(x509.SubjectAlternativeName([_name(host) for host in hosts]), critical=False)
    if not is_ca:
        uses = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
        builder = builder.add_extension(x509.ExtendedKeyUsage(uses), critical=False)
    return builder.sign(signer, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


def _usage(is_ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not is_ca,
        key_cert_sign=is_ca,
        crl_sign=is_ca,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _key(pem: str, field: str) -> ec.EllipticCurvePrivateKey:
    try:
        key = serialization.load_pem_private_key(pem.encode(), None)
    except ValueError as error:
        raise ValueError(f"{field} is no private key in PEM. To fix: give a Certificate's private_key.") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ValueError(f"{field} must be an elliptic curve key. To fix: give the private_key of a Certificate.")
    return key


def _issuer(authority: Authority) -> x509.Name:
    """The subject of the authority; refuses one whose certificate is of another key, which no client would accept."""
    try:
        cert = x509.load_pem_x509_certificate(authority.cert.encode())
    except ValueError as error:
        raise ValueError("ca_cert is no certificate in PEM. To fix: give a Certificate's cert.") from error
    if cert.public_key() != _key(authority.key, "ca_key").public_key():
        raise ValueError("ca_cert belongs to another key than ca_key. To fix: take both of one Certificate.")
    return cert.subject
