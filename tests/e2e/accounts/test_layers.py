"""Two stacks for two teams: services stand on another stack's platform, change nothing of it, and go before it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import yaml

from tests.doubles.cloud import Thing
from tests.e2e.checkout import Checkout, Result
from tests.e2e.counts import FULL
from tests.e2e.rehearsed import Rehearsed, require_all_once

CLUSTER = {"aws": "aws:eks/cluster:Cluster", "gcp": "gcp:container/cluster:Cluster"}


@dataclass(frozen=True)
class Layer(Rehearsed):
    """A stack of one layer, in the checkout's rehearsal."""

    name: str
    left: tuple[Thing, ...]
    """What stacks before it left in the cloud, which gives up no ring of keys."""

    @property
    def stack(self) -> str:
        return f"{self.kind}-{self.name}"

    def written(self, **more: str) -> None:
        """Its settings: those of the cloud's small stack, and more."""
        folder = self.checkout.path / "stacks"
        config = yaml.safe_load((folder / f"Pulumi.{self.kind}-dev.yaml").read_text())["config"]
        if self.name == "apps":
            del config["tradewind:network_cidr"]
        added = {f"tradewind:{key}": value for key, value in more.items()}
        self._file.write_text(yaml.safe_dump({"config": config | added}))

    def forget(self) -> None:
        self._file.unlink()

    def pulumi(self, *words: str) -> Result:
        enter = f'eval "$(make -s env REHEARSE=1 STACK={self.stack})"'
        return self.checkout.run("bash", "-c", f"set -e; {enter}; pulumi {' '.join(words)} --stack {self.stack}")

    @property
    def _file(self) -> Any:
        return self.checkout.path / "stacks" / f"Pulumi.{self.stack}.yaml"


@pytest.fixture(scope="module", params=["aws", "gcp"] if FULL else ["aws"])
def layers(request: pytest.FixtureRequest, checkout: Checkout) -> Iterator[tuple[Layer, Layer]]:
    left = tuple(Rehearsed(checkout, request.param).cloud.things())
    platform, services = (Layer(checkout, request.param, name, left) for name in ("net", "apps"))
    platform.written(layer="platform")
    services.written(layer="services", platform=platform.stack)
    try:
        yield platform, services
    finally:
        services.make("down")
        platform.make("down")
        services.forget()
        platform.forget()


def test_services_without_a_platform_are_a_line_with_the_fix(layers: tuple[Layer, Layer]):
    platform, services = layers
    before = services.cloud.things()
    refused = services.make("up")
    assert refused.code
    line = f"platform must be a stack that is up, got '{platform.stack}'. To fix: `pulumi up -s {platform.stack}`"
    assert f"stacks/Pulumi.{services.stack}.yaml: {line}" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert services.cloud.things() == before


def test_the_platform_comes_up_alone(layers: tuple[Layer, Layer]):
    platform, _ = layers
    assert "embedder" not in platform.make("up").ok().stdout
    platform.require_all_once(platform.left)


def test_the_services_come_up_on_it_and_all_is_there_once(layers: tuple[Layer, Layer]):
    platform, services = layers
    before = platform.cloud.things()
    assert "embedder" in services.make("up").ok().stdout
    assert [thing for thing in before if thing not in services.cloud.things()] == []
    resources = [*platform.latest()["resources"], *services.latest()["resources"]]
    require_all_once(services.kind, {"resources": resources}, services.cloud, services.left)


def test_nothing_would_change_then_in_either(layers: tuple[Layer, Layer]):
    for layer in layers:
        layer.pulumi("preview", "--expect-no-changes").ok()


def test_no_state_holds_the_kubeconfig_in_plain_text(layers: tuple[Layer, Layer]):
    for layer in layers:
        assert "current-context" not in str(layer.latest())
    assert "current-context" in layers[1].pulumi("stack", "output", "platform", "--json", "--show-secrets").ok().stdout


def test_the_platform_does_not_go_from_under_the_services(layers: tuple[Layer, Layer]):
    platform, services = layers
    before = platform.cloud.things()
    refused = platform.make("down")
    assert refused.code
    assert f"the services of the stack {services.stack} stand on it" in refused.stderr
    assert platform.cloud.things() == before


def test_the_services_go_and_then_the_platform(layers: tuple[Layer, Layer]):
    platform, services = layers
    services.make("down").ok()
    platform.require_all_once(platform.left)
    platform.make("down").ok()
    assert not platform.cloud.things(CLUSTER[platform.kind])
