"""The plugin under the real engine, on releases as our stacks write them."""

import sys
from dataclasses import replace

import pytest

from airgap.engine import version
from airgap.kubernetes_provider.cluster import Cluster
from airgap.paths import CHECKOUT
from commands.place import PLACE
from tests.doubles.kubernetes.conftest import definitions
from tests.doubles.kubernetes.history import History, standing
from tests.doubles.kubernetes.provider import Rehearsed
from tests.support.api_server import ApiServer
from tests.support.engine import Engine, Stack

pytestmark = pytest.mark.cluster

PROGRAM = """
import os, pulumi
from components.addons.charts import KEDA, Release
from components.cluster import cloud
from components.objects import Manifest

def provider(name, kubeconfig):
    return pulumi.ResourceOptions(providers=[cloud.provider(name, kubeconfig, "tests", pulumi.ResourceOptions())])

def space(name, opts):
    return Manifest(name, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}, opts)

text = os.environ["TEST_KUBECONFIG"]
there = space(os.environ["TEST_NAMESPACE"], provider("there", text))
# As of a cluster that the same program makes: a preview does not know it.
born = provider("born", there.id.apply(lambda _: text))
keda = Release("keda", KEDA, "keda", space(f"{os.environ['TEST_NAMESPACE']}-keda", born).id, VALUES, born)
pulumi.export("release", keda.id)
"""


@pytest.fixture
def stack(plugin: Rehearsed, namespace: str, server: ApiServer, tmp_path_factory: pytest.TempPathFactory) -> Stack:
    engine = Engine(tmp_path_factory.mktemp("engine"))
    engine.install("kubernetes", version("pulumi-kubernetes"), [sys.executable, "-m", "tests.doubles.kubernetes"])
    names = {"TEST_KUBECONFIG": server.kubeconfig, "TEST_NAMESPACE": f"{namespace}-made", "PYTHONPATH": str(CHECKOUT)}
    return engine.stack("releases", **names, **{PLACE: str(tmp_path_factory.mktemp("rehearsal"))})


def text(values: str) -> str:
    return PROGRAM.replace("VALUES", values)


def test_a_release_lives_as_any_resource_does(stack: Stack, server: ApiServer, namespace: str):
    cluster, home = server.cluster, f"{namespace}-made-keda"
    assert stack.preview(text("{}")).changes == {"to create": 6}
    assert not standing(cluster, "keda")
    assert stack.up(text("{}")).changes == {"created": 6}
    assert stack.outputs() == {"release": f"{home}/keda"} and standing(cluster, "keda")
    assert stack.up().changes == {"unchanged": 6}
    assert stack.up(text("{'asciiArt': False}")).changes == {"updated": 1, "unchanged": 5}
    drift_by_hand(cluster, home)
    assert "asciiArt" in stack.run("refresh", "--yes", "--skip-preview", "--diff").text
    assert stack.up().changes == {"updated": 1, "unchanged": 5}
    assert History(cluster, home, "keda").revisions()[-1].values == {"asciiArt": False}
    assert "no such value" in stack.preview(text("{'ascii': False}"), fails=True).text
    stack.program(text("{'asciiArt': False}"))
    stack.destroy()
    assert not standing(cluster, "keda") and "scaledobjects.keda.sh" not in definitions(cluster)


def drift_by_hand(cluster: Cluster, home: str) -> None:
    """What `helm upgrade --set asciiArt=true` would leave."""
    history = History(cluster, home, "keda")
    last = history.revisions()[-1]
    history.change(replace(last, status="superseded"))
    history.add(replace(last, number=last.number + 1, values={"asciiArt": True}))


def test_it_does_not_start_outside_a_rehearsal(stack: Stack):
    del stack._environment[PLACE]
    assert "starts in a rehearsal alone" in stack.preview(text("{}"), fails=True).text
