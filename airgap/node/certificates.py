"""The node's certificates, one authority for each circle of trust, and the kubeconfigs that carry them.

ECDSA P-256 throughout: a whole set takes 20 ms, against seconds for RSA, and each handshake costs less.
"""

import base64
import datetime
import ipaddress
from dataclasses import dataclass
from pathlib import Path

import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from airgap.node.files import write
from airgap.node.layout import SERVICES, Layout

YEARS = 10
"""Of an authority. A leaf gets one year and is renewed by the first `ensure` that finds it close to its end."""
RENEW = datetime.timedelta(days=30)


@dataclass(frozen=True, kw_only=True)
class Leaf:
    name: str
    """Of its files: <name>.crt and <name>.key."""
    authority: str
    common_name: str
    group: str | None = None
    hosts: tuple[str, ...] = ()
    """Names and addresses it serves; none for a client."""


AUTHORITIES = ("ca", "front-proxy-ca", "etcd-ca")
"""The front proxy and etcd have their own, so that no client certificate of the cluster opens either."""


def leaves(layout: Layout) -> list[Leaf]:
    """Every certificate of the node; the common name and group are what RBAC knows the holder by."""
    node, local = str(layout.address), "127.0.0.1"
    kubernetes = tuple(
        f"kubernetes{suffix}" for suffix in ("", ".default", ".default.svc", ".default.svc.cluster.local")
    )
    metrics = tuple(f"metrics-server{suffix}" for suffix in ("", ".kube-system", ".kube-system.svc"))
    return [
        Leaf(name="apiserver", authority="ca", common_name="kube-apiserver",
             hosts=(*kubernetes, "localhost", local, node, str(SERVICES[1]))),
        Leaf(name="kubelet-server", authority="ca", common_name=layout.id, hosts=(layout.id, local, node)),
        Leaf(name="metrics-server", authority="ca", common_name="metrics-server", hosts=metrics),
        Leaf(name="admin", authority="ca", common_name="tradewind:admin", group="system:masters"),
        Leaf(name="controller-manager", authority="ca", common_name="system:kube-controller-manager"),
        Leaf(name="scheduler", authority="ca", common_name="system:kube-scheduler"),
        Leaf(name="proxy", authority="ca", common_name="system:kube-proxy"),
        Leaf(name="netpol", authority="ca", common_name="tradewind:netpol"),
        Leaf(name="kubelet", authority="ca", common_name=f"system:node:{layout.id}", group="system:nodes"),
        Leaf(name="apiserver-kubelet-client", authority="ca", common_name="tradewind:apiserver"),
        Leaf(name="front-proxy", authority="front-proxy-ca", common_name="front-proxy"),
        Leaf(name="etcd", authority="etcd-ca", common_name="etcd", hosts=("localhost", local)),
        Leaf(name="apiserver-etcd-client", authority="etcd-ca", common_name="kube-apiserver"),
    ]  # fmt: skip


KUBECONFIGS = ("admin", "controller-manager", "scheduler", "proxy", "netpol", "kubelet")


def ensure(layout: Layout) -> None:
    """Write what is missing, damaged, close to its end or made for other addresses; the rest stays as it is."""
    for name in AUTHORITIES:
        if not _is_valid(layout.pki, name, name, ()):
            _issue(layout.pki, name, issuer=None, subject=_name(f"tradewind {name}"), hosts=())
    for leaf in leaves(layout):
        ensure_leaf(layout.pki, leaf)
    _ensure_token_key(layout.pki)
    for name in KUBECONFIGS:
        write(layout.pki / f"{name}.kubeconfig", kubeconfig(layout, name))


def ensure_leaf(pki: Path, leaf: Leaf) -> None:
    """The same for one certificate, in a folder that has its authority."""
    if not _is_valid(pki, leaf.name, leaf.authority, leaf.hosts):
        subject = _name(leaf.common_name, leaf.group)
        _issue(pki, leaf.name, issuer=leaf.authority, subject=subject, hosts=leaf.hosts)


def kubeconfig(layout: Layout, name: str) -> str:
    """A self-contained kubeconfig for the holder of a certificate."""

    def encoded(file: str) -> str:
        return base64.b64encode((layout.pki / file).read_bytes()).decode()

    cluster = {"server": layout.server, "certificate-authority-data": encoded("ca.crt")}
    user = {"client-certificate-data": encoded(f"{name}.crt"), "client-key-data": encoded(f"{name}.key")}
    return yaml.safe_dump(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": layout.id, "cluster": cluster}],
            "users": [{"name": name, "user": user}],
            "contexts": [{"name": layout.id, "context": {"cluster": layout.id, "user": name}}],
            "current-context": layout.id,
        },
        sort_keys=False,
    )


def _ensure_token_key(pki: Path) -> None:
    """The key pair that signs the tokens of service accounts."""
    private, public = pki / "service-account.key", pki / "service-account.pub"
    try:
        key = serialization.load_pem_private_key(private.read_bytes(), None)
    except (OSError, ValueError):
        key = ec.generate_private_key(ec.SECP256R1())
        write(private, _pem(key))
    kind = serialization.PublicFormat.SubjectPublicKeyInfo
    write(public, key.public_key().public_bytes(serialization.Encoding.PEM, kind))


def _is_valid(pki: Path, name: str, authority: str, hosts: tuple[str, ...]) -> bool:
    try:
        certificate = x509.load_pem_x509_certificate((pki / f"{name}.crt").read_bytes())
        key = serialization.load_pem_private_key((pki / f"{name}.key").read_bytes(), None)
        issuer = x509.load_pem_x509_certificate((pki / f"{authority}.crt").read_bytes())
        certificate.verify_directly_issued_by(issuer)
    except Exception:  # whatever is wrong with it, a new one is right
        return False
    if certificate.public_key() != key.public_key():
        return False
    now = datetime.datetime.now(datetime.UTC)
    return certificate.not_valid_after_utc - now > RENEW and _hosts(certificate) == set(hosts)


def _hosts(certificate: x509.Certificate) -> set[str]:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return set()
    return {str(name.value) for name in names}


def _issue(pki: Path, name: str, *, issuer: str | None, subject: x509.Name, hosts: tuple[str, ...]) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    signer, signed_by = key, subject
    if issuer:
        loaded = serialization.load_pem_private_key((pki / f"{issuer}.key").read_bytes(), None)
        assert isinstance(loaded, ec.EllipticCurvePrivateKey)
        signer = loaded
        signed_by = x509.load_pem_x509_certificate((pki / f"{issuer}.crt").read_bytes()).subject
    now = datetime.datetime.now(datetime.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(signed_by)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=5))  # clocks differ, and jump after a suspend
        .not_valid_after(now + datetime.timedelta(days=365 if issuer else 365 * YEARS))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None if issuer else 0), critical=True)
        .add_extension(_key_usage(is_authority=issuer is None), critical=True)
    )
    if issuer:
        usages = [ExtendedKeyUsageOID.CLIENT_AUTH]
        if hosts:  # etcd's peers check that a server may be a client too
            usages = [ExtendedKeyUsageOID.SERVER_AUTH, *(usages if name == "etcd" else [])]
        builder = builder.add_extension(x509.ExtendedKeyUsage(usages), critical=False)
    if hosts:
        builder = builder.add_extension(x509.SubjectAlternativeName([_host(host) for host in hosts]), critical=False)
    write(pki / f"{name}.key", _pem(key))
    write(pki / f"{name}.crt", builder.sign(signer, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _key_usage(*, is_authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True, key_cert_sign=is_authority, crl_sign=is_authority, content_commitment=False,
        key_encipherment=False, data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip


def _name(common_name: str, group: str | None = None) -> x509.Name:
    parts = [x509.NameAttribute(NameOID.COMMON_NAME, common_name)]
    if group:
        parts.insert(0, x509.NameAttribute(NameOID.ORGANIZATION_NAME, group))
    return x509.Name(parts)


def _pem(key: serialization.PrivateFormat | object) -> bytes:
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    kind = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, kind, serialization.NoEncryption())
