"""Which cluster is meant, and how to prove who asks."""

import base64
import json
import sys
from pathlib import Path

import pytest
import yaml

from airgap.kubernetes_provider import configuration
from airgap.kubernetes_provider.credentials import Credentials
from airgap.kubernetes_provider.kubeconfig import Access, access
from airgap.kubernetes_provider.settings import Settings, read
from provider.protocol import UNKNOWN, Values


def document(**changed):
    base = {
        "clusters": [
            {
                "name": "one",
                "cluster": {
                    "server": "https://one:6443",
                    "certificate-authority-data": base64.b64encode(b"CA").decode(),
                },
            },
            {"name": "two", "cluster": {"server": "https://two:6443/", "certificate-authority": "ca.crt"}},
        ],
        "users": [{"name": "me", "user": {"token": "t"}}],
        "contexts": [
            {"name": "a", "context": {"cluster": "one", "user": "me", "namespace": "shop"}},
            {"name": "b", "context": {"cluster": "two", "user": "me"}},
        ],
        "current-context": "a",
    }
    return {**base, **changed}


@pytest.fixture(autouse=True)
def nobody(monkeypatch, tmp_path):
    for name in ("KUBECONFIG", "KUBERNETES_SERVICE_HOST"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))


def test_text_path_and_variable_mean_the_same(tmp_path, monkeypatch):
    path = tmp_path / "config"
    path.write_text(yaml.safe_dump(document()))
    from_text = access(Settings(kubeconfig=path.read_text()))
    assert from_text == Access(server="https://one:6443", namespace="shop", ca="CA", token="t")
    assert access(Settings(kubeconfig=json.dumps(document()))) == from_text
    assert access(Settings(kubeconfig=str(path))) == from_text
    monkeypatch.setenv("KUBECONFIG", str(path))
    assert access(Settings()) == from_text


def test_context_cluster_and_namespace_can_be_chosen(tmp_path):
    (tmp_path / "config").write_text(yaml.safe_dump(document()))
    (tmp_path / "ca.crt").write_text("FILE")  # relative paths start from the kubeconfig's own folder
    chosen = access(Settings(kubeconfig=str(tmp_path / "config"), context="b", namespace="mine"))
    assert (chosen.server, chosen.ca, chosen.namespace) == ("https://two:6443", "FILE", "mine")
    assert (
        access(Settings(kubeconfig=yaml.safe_dump(document()), cluster="one", context="b")).server == "https://one:6443"
    )


@pytest.mark.parametrize(
    ("kubeconfig", "said"),
    [
        (yaml.safe_dump(document(**{"current-context": "c"})), r"no context 'c' \(there: 'a', 'b'\)\. To fix: "),
        (yaml.safe_dump(document(**{"current-context": ""})), "no context is chosen. To fix: "),
        (yaml.safe_dump(document(users=[])), r"no user 'me' \(there: none\)\. To fix: "),
        (
            yaml.safe_dump(document(clusters=[{"name": "one", "cluster": {"server": "https://x", "proxy-url": "p"}}])),
            "proxy-url is not supported. To fix: ",
        ),
        ("/nowhere/config", "kubeconfig /nowhere/config does not exist. To fix: "),
        ("a: [\nkey: s3cret", r"is no YAML \(\w+\)\. To fix: "),
        ("- a\n- b", "is no kubeconfig document. To fix: "),
        (None, "no cluster is configured. To fix: "),
    ],
)
def test_what_is_wrong_is_named_with_the_fix(kubeconfig, said):
    with pytest.raises(ValueError, match=said) as refused:
        access(Settings(kubeconfig=kubeconfig))
    assert "s3cret" not in str(refused.value)


def test_an_exec_plugin_is_asked_once_and_again_after_a_refusal(tmp_path):
    script = tmp_path / "login.py"
    script.write_text(
        "import json, os, pathlib; p = pathlib.Path(os.environ['COUNT']); n = len(p.read_text()) + 1 if p.exists() else 1; p.write_text('x' * n)\n"
        "assert json.loads(os.environ['KUBERNETES_EXEC_INFO'])['kind'] == 'ExecCredential'\n"
        "print(json.dumps({'status': {'token': f'token-{n}'}}))"
    )
    command = {
        "command": sys.executable, "args": [str(script)], "apiVersion": "client.authentication.k8s.io/v1",
        "env": [{"name": "COUNT", "value": str(tmp_path / "count")}],
    }  # fmt: skip
    credentials = Credentials(Access(server="https://x", command=command))
    assert credentials.headers() == credentials.headers() == {"Authorization": "Bearer token-1"}
    credentials.expire()
    assert credentials.headers() == {"Authorization": "Bearer token-2"}


def test_an_exec_plugin_that_is_missing_or_fails_is_named(tmp_path):
    missing = {"command": "no-such-login", "apiVersion": "v1", "installHint": "install it\n"}
    with pytest.raises(ValueError, match=r"no-such-login is not there\. To fix: install it\."):
        Credentials(Access(server="https://x", command=missing)).headers()
    failing = {"command": "sh", "args": ["-c", "echo expired >&2; exit 3"], "apiVersion": "v1"}
    with pytest.raises(ValueError, match="sh ended with 3: expired"):
        Credentials(Access(server="https://x", command=failing)).headers()


def test_a_token_file_is_read(tmp_path: Path):
    (tmp_path / "token").write_text("fresh\n")
    assert Credentials(Access(server="https://x", token_file=str(tmp_path / "token"))).headers() == {
        "Authorization": "Bearer fresh"
    }


def test_a_provider_is_replaced_only_when_it_means_another_cluster():
    def diff(old, new):
        return configuration.diff(Values(old), Values(new))

    one, two = yaml.safe_dump(document()), yaml.safe_dump(document(**{"current-context": "b"}))
    renewed = yaml.safe_dump(document(users=[{"name": "me", "user": {"token": "u"}}]))
    assert diff({"kubeconfig": one}, {"kubeconfig": one}).changes == {}
    assert diff({"kubeconfig": one}, {"kubeconfig": renewed}).replaces == frozenset()
    assert diff({"kubeconfig": one}, {"kubeconfig": two}).replaces == {("kubeconfig",)}
    assert diff({"kubeconfig": one}, {"kubeconfig": UNKNOWN}).replaces == frozenset()
    named = {"kubeconfig": one, "clusterIdentifier": "x"}
    assert diff(named, {**named, "kubeconfig": two}).replaces == frozenset()
    assert diff(named, {**named, "clusterIdentifier": "y"}).replaces == {("clusterIdentifier",)}


def test_a_kubeconfig_given_as_an_object_becomes_its_text():
    checked = configuration.check(Values({"kubeconfig": document()}, frozenset({("kubeconfig", "users")})))
    assert json.loads(checked.inputs.plain["kubeconfig"]) == document()
    assert ("kubeconfig",) in checked.inputs.secrets


def test_flags_arrive_as_texts_or_from_the_environment(monkeypatch):
    assert read({"enableConfigMapMutable": "true"}).mutable_config_maps
    assert not read({"enableConfigMapMutable": "false"}).mutable_config_maps
    monkeypatch.setenv("PULUMI_K8S_ENABLE_SECRET_MUTABLE", "true")
    assert read({}).mutable_secrets and not read({"enableSecretMutable": "false"}).mutable_secrets
