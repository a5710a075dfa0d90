"""Certificates as a client would judge them."""

import datetime
import ssl

import pytest

from provider import x509
from provider.certificate import Certificate
from provider.protocol import UNKNOWN
from tests.support.plugin_calls import a_resource, silent


def inputs(**spoiled):
    return {"common_name": "cache", "dns_names": ["cache.cache.svc"], "is_ca": False, **spoiled}


def created(**spoiled):
    return Certificate().create(a_resource("Certificate", inputs(**spoiled)), silent).state


@pytest.fixture(scope="module")
def authority():
    return created(common_name="authority", dns_names=[], is_ca=True)


def signed(authority, **spoiled):
    return created(ca_key=authority.get("private_key"), ca_cert=authority.get("cert"), **spoiled)


def shake_hands(server, trusted: str, host: str, folder) -> None:
    """A TLS handshake in memory, as strict as OpenSSL can be; raises where the client refuses."""
    (folder / "pair.pem").write_text(server.get("cert") + server.get("private_key"))
    ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ours.load_cert_chain(folder / "pair.pem")
    theirs = ssl.create_default_context(cadata=trusted)
    theirs.verify_flags |= ssl.VERIFY_X509_STRICT
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [theirs.wrap_bio(down, up, server_hostname=host), ours.wrap_bio(up, down, server_side=True)]
    for end in [*ends, *ends]:
        try:
            end.do_handshake()
        except ssl.SSLWantReadError:
            continue


def test_a_strict_client_that_trusts_the_authority_accepts_its_certificate(authority, tmp_path):
    server = signed(authority)
    assert server.get("ca_cert") == authority.get("cert")
    shake_hands(server, server.get("ca_cert"), "cache.cache.svc", tmp_path)


def test_an_address_among_the_names_is_one(authority, tmp_path):
    shake_hands(signed(authority, dns_names=["10.0.0.7"]), authority.get("cert"), "10.0.0.7", tmp_path)


def test_a_client_refuses_another_name_and_another_authority(authority, tmp_path):
    server = signed(authority)
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        shake_hands(server, authority.get("cert"), "shop.example", tmp_path)
    with pytest.raises(ssl.SSLCertVerificationError, match=r"unable to get local issuer|self-signed"):
        shake_hands(server, created(is_ca=True).get("cert"), "cache.cache.svc", tmp_path)


def test_the_private_key_and_the_authoritys_key_are_secret(authority):
    assert {("private_key",), ("ca_key",)} <= signed(authority).secrets


def test_nothing_changes_while_it_is_far_from_its_end(authority):
    assert not Certificate().diff(a_resource("Certificate", inputs(), state=created())).changes


def test_near_its_end_it_is_renewed_under_the_same_key(monkeypatch):
    monkeypatch.setattr(x509, "VALID", x509.RENEW_WITHIN - datetime.timedelta(minutes=1))
    old = created()
    monkeypatch.undo()
    resource = a_resource("Certificate", inputs(), state=old)
    assert ("cert",) in Certificate().diff(resource).changes
    new = Certificate().update(resource, silent)
    assert new.get("private_key") == old.get("private_key")
    assert not x509.near_its_end(new.get("cert"))


def test_another_name_is_an_update_in_place_for_the_same_key():
    old = created()
    resource = a_resource("Certificate", inputs(dns_names=["other.svc"]), old=inputs(), state=old)
    diff = Certificate().diff(resource)
    assert ("dns_names", 0) in diff.changes
    assert not diff.replaces
    assert Certificate().update(resource, silent).get("private_key") == old.get("private_key")


def test_a_preview_draws_no_key():
    state = Certificate().create(a_resource("Certificate", inputs(), preview=True), silent).state
    assert state.get("private_key") is UNKNOWN
    assert state.get("cert") is UNKNOWN


@pytest.mark.parametrize(
    ("spoiled", "field", "reason"),
    [
        ({"ca_cert": "x"}, "ca_key", "ca_key and ca_cert go together, got one. To fix: give both, or neither."),
        (
            {"dns_names": ["https://cache"]},
            "dns_names",
            "dns_names must hold host names or addresses, got 'https://cache'. "
            "To fix: write a name without scheme or port.",
        ),
        (
            {"common_name": ""},
            "common_name",
            "common_name must have 1 to 64 characters, got ''. To fix: shorten it to 64 characters; clients read dns_names.",
        ),
        (
            {"is_ca": 1},
            "is_ca",
            "is_ca must be of type bool, got 1. To fix: write true for an authority, false for a server.",
        ),
    ],
)
def test_a_wrong_input_is_named_with_value_and_fix(spoiled, field, reason):
    assert Certificate().check(a_resource("Certificate", inputs(**spoiled))).failures == [(field, reason)]


def test_the_key_of_another_authority_is_refused(authority):
    other = created(is_ca=True)
    with pytest.raises(ValueError, match="ca_cert belongs to another key than ca_key"):
        created(ca_key=other.get("private_key"), ca_cert=authority.get("cert"))
