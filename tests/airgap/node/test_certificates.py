"""The node's authorities, leaves and kubeconfigs."""

import stat
from dataclasses import replace

import pytest
import yaml
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from airgap.node import certificates
from airgap.node.layout import Layout


@pytest.fixture
def made(layout: Layout) -> Layout:
    certificates.ensure(layout)
    return layout


def load(layout: Layout, name: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate((layout.pki / f"{name}.crt").read_bytes())


def content(layout: Layout) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in layout.pki.iterdir()}


def test_each_leaf_is_issued_by_its_own_authority_alone(made: Layout):
    for leaf in certificates.leaves(made):
        for authority in certificates.AUTHORITIES:
            issuer = load(made, authority)
            if authority == leaf.authority:
                load(made, leaf.name).verify_directly_issued_by(issuer)
            else:
                with pytest.raises(ValueError, match="does not match"):
                    load(made, leaf.name).verify_directly_issued_by(issuer)


def test_a_client_cannot_pose_as_a_server(made: Layout):
    for leaf in certificates.leaves(made):
        usages = load(made, leaf.name).extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        assert (ExtendedKeyUsageOID.SERVER_AUTH in usages) == bool(leaf.hosts), leaf.name


def test_only_the_administrator_is_one(made: Layout):
    masters = []
    for leaf in certificates.leaves(made):
        groups = load(made, leaf.name).subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
        masters += [leaf.name for group in groups if group.value == "system:masters"]
    assert masters == ["admin"]


def test_everything_is_for_root_alone(made: Layout):
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in made.pki.iterdir())
    assert stat.S_IMODE(made.pki.stat().st_mode) == 0o700


def test_a_second_run_changes_nothing(made: Layout):
    before = content(made)
    certificates.ensure(made)
    assert content(made) == before


@pytest.mark.parametrize("damage", ["missing", "empty", "another's key"])
def test_what_is_damaged_is_made_anew_and_nothing_else(made: Layout, damage: str):
    before, key = content(made), made.pki / "scheduler.key"
    if damage == "missing":
        key.unlink()
    else:
        key.write_bytes(b"" if damage == "empty" else (made.pki / "proxy.key").read_bytes())
    certificates.ensure(made)
    changed = {name for name, data in content(made).items() if data != before[name]}
    assert changed == {"scheduler.key", "scheduler.crt", "scheduler.kubeconfig"}


def test_a_new_address_renews_who_serves_it_and_nobody_else(made: Layout):
    before = content(made)
    certificates.ensure(replace(made, number=made.number + 1))
    changed = {name for name, data in content(made).items() if data != before[name]}
    assert changed == {f"{name}.{kind}" for name in ("apiserver", "kubelet-server") for kind in ("crt", "key")}


def test_a_new_authority_renews_all_that_it_issues(made: Layout):
    before = content(made)
    (made.pki / "etcd-ca.key").unlink()
    (made.pki / "etcd-ca.crt").unlink()
    certificates.ensure(made)
    changed = {name.rpartition(".")[0] for name, data in content(made).items() if data != before[name]}
    assert changed == {"etcd-ca", "etcd", "apiserver-etcd-client"}


def test_a_kubeconfig_needs_no_other_file(made: Layout):
    found = yaml.safe_load(certificates.kubeconfig(made, "admin"))
    assert found["current-context"] == made.id
    assert found["clusters"][0]["cluster"]["server"] == f"https://127.0.0.1:{made.ports.api}"
    assert str(made.state) not in certificates.kubeconfig(made, "admin")
