"""Which Debian packages the project uses, and how their closure is found: `python -m airgap lock`."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from debian.debian_support import Version

from airgap.artifacts import Report
from airgap.debian import archive
from airgap.debian.lock import Package, write_lock

ROOTS: dict[str, tuple[str, ...]] = {
    "bookworm": (
        *("containerd", "runc", "containernetworking-plugins", "nftables", "iptables", "conntrack"),  # the node
        *("docker-registry", "prometheus"),
        *("python3.11-minimal", "libpython3.11-stdlib", "libstdc++6", "tzdata"),  # images of services
    ),
    "trixie": ("valkey-server",),  # bookworm has none
}

LEFT_OUT = frozenset(
    {
        # What only installing or an init system asks for.
        *("adduser", "init-system-helpers", "lsb-base", "sysvinit-utils", "debconf", "debconf-2.0", "netbase"),
        # Prometheus' web pages.
        *("fonts-glyphicons-halflings", "libjs-bootstrap4", "libjs-eonasdan-bootstrap-datetimepicker", "libjs-jquery"),
        *("libjs-jquery-hotkeys", "libjs-moment", "libjs-moment-timezone", "libjs-mustache", "libjs-popper.js"),
        "libjs-rickshaw",
        # Modules of Python that a server does not import: dbm, nis, readline, curses; mimetypes has a table of its own.
        *("libdb5.3", "libnsl2", "libtirpc3", "libreadline8", "libncursesw6", "media-types"),
        # Ciphers of the past; and packages that hold nothing but documentation.
        *("openssl-provider-legacy", "gcc-12-base", "gcc-14-base"),
    }
)


def lock(report: Report) -> None:
    """Write airgap/debian.lock anew from the newest versions that the signed archive names."""
    suites: dict[str, list[Package]] = {}
    for suite, roots in ROOTS.items():
        report(f"{suite}: reading the archive's indices (about half a minute)")
        newest = {
            name: max(versions, key=lambda package: Version(package.version))
            for name, versions in archive.candidates(suite).items()
        }
        suites[suite] = resolve(newest, roots)
        size = sum(package.size for package in suites[suite]) / 1e6
        report(f"{suite}: {len(suites[suite])} packages, {size:.0f} MB")
    write_lock(suites)


def resolve(newest: Mapping[str, Package], roots: Sequence[str]) -> list[Package]:
    """The roots and what they need, without LEFT_OUT; of alternatives the first that the suite has."""
    providers: dict[str, str] = {}
    for package in newest.values():
        for virtual in package.provides:
            providers.setdefault(virtual, package.name)
    found: dict[str, Package] = {}
    waiting = list(roots)
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        package = newest[name]
        choices = [next(_real(group, newest, providers)) for group in package.depends if not LEFT_OUT & set(group)]
        needs = tuple(sorted(set(choices) - {name}))
        found[name] = replace(package, needs=needs)
        waiting += needs
    return list(found.values())


def _real(group: Sequence[str], newest: Mapping[str, Package], providers: Mapping[str, str]):
    yield from (name for name in group if name in newest)
    yield from (providers[name] for name in group if name in providers)
