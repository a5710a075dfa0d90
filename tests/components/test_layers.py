"""Two stacks for one: the platform hands over a record, and the services that stand on it are as they would be in one."""

import json
from collections.abc import Mapping
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pulumi
import pytest

from components.platforms.settings import StackSettings
from components.validation import InvalidInput
from tests.components import recording, stacks
from tests.components.recording import Engine
from tests.components.samples import CARD
from tests.components.test_spoiled_inputs import run_program

pytestmark = pytest.mark.stack

SCHEMA = json.loads((Path(__file__).parents[2] / "components" / "outputs.schema.json").read_text())
CLOUDS = ("aws", "gcp")


@cache
def layered(kind: str, met: bool = False) -> tuple[Engine, Engine]:
    """A platform and the services on it, recorded once; tests only read them."""
    platform = stacks.platform_alone(kind, **({"peer": stacks.PEERS[kind]} if met else {}))
    return platform, stacks.services_alone(kind, platform.outputs)


@pytest.fixture(params=[(kind, met) for kind in CLOUDS for met in (False, True)], ids=str)
def layers(request: pytest.FixtureRequest) -> tuple[Engine, Engine, Engine]:
    """The one stack, and the two that make the same: its platform, its services."""
    kind, met = request.param
    return stacks.peered(kind) if met else stacks.plain(kind, f"{kind}-dev"), *layered(kind, met)


def things(engine: Engine, stack: str) -> dict[tuple[str, str], str]:
    """Whatever exists outside the program, as it would be in a stack of the one's name."""
    return {
        (each.type, each.name): json.dumps(each.inputs, sort_keys=True).replace(stack, stack.replace("apps", "dev"))
        for each in engine.made
        if not each.type.startswith(("pulumi:", "tradewind:")) or each.type.startswith("tradewind:index:")
    }


def kind_of(engine: Engine) -> str:
    return engine.outputs["platform"]["kind"]


def test_both_make_together_what_one_makes(layers: tuple[Engine, Engine, Engine]):
    one, platform, services = layers
    kind = kind_of(one)
    below, above = things(platform, f"{kind}-dev"), things(services, f"{kind}-apps")
    assert not below.keys() & above.keys()
    assert below | above == things(one, f"{kind}-dev")


def test_the_outputs_are_those_of_the_schema_in_each_layer(layers: tuple[Engine, Engine, Engine]):
    one, platform, services = layers
    for each in layers:
        jsonschema.validate(each.outputs, SCHEMA)
        assert each.outputs["platform"] == one.outputs["platform"]
    assert platform.outputs["services"] == {}
    assert services.outputs["services"] == one.outputs["services"]
    assert [set(each.outputs) - {"services", "platform"} for each in layers] == [set(), {"handover"}, set()]


def test_the_record_holds_no_secret(layers: tuple[Engine, Engine, Engine]):
    _, platform, _ = layers
    assert "kubeconfig" not in json.dumps(platform.outputs["handover"])


@pytest.mark.parametrize("kind", CLOUDS)
def test_the_kubeconfig_stays_secret_and_the_address_of_a_service_does_not(kind: str):
    outputs = handed(kind)
    written = {"kind": kind, **stacks.WRITTEN[kind], "layer": "services", "platform": f"{kind}-dev"}

    def program() -> dict[str, Any]:
        from components.platforms import open_platform

        platform = open_platform(StackSettings(stack="lab", written=written), ["embedder"])
        found = {"kubeconfig": platform.outputs["kubeconfig"], "entry": platform.entry}
        return {key: pulumi.Output.from_input(each.is_secret()) for key, each in found.items()}

    engine = recording.run(program, stack="lab", others={f"{kind}-dev": outputs})
    assert engine.outputs == {"kubeconfig": True, "entry": False}


GONE = object()


def changed(outputs: Mapping[str, Any], path: str, to: object) -> dict[str, Any]:
    """The same with another value at the path, or with none."""
    found = deepcopy(dict(outputs))
    *parents, last = path.split("/")
    part = found
    for parent in parents:
        part = part[parent]
    part[last] = to
    if to is GONE:
        del part[last]
    return found


def refusal(kind: str, others: stacks.Others) -> str:
    """The one line that ends the program before it has asked for anything."""
    engine = Engine()
    on = {"layer": "services", "platform": f"{kind}-dev"}
    with pytest.MonkeyPatch.context() as patch, pytest.raises(InvalidInput) as refused:
        patch.setattr(recording, "Engine", lambda: engine)
        stacks.deployed(kind, f"{kind}-apps", others, **on)
    assert engine.made == []
    line = str(refused.value)
    assert "\n" not in line and "To fix: " in line and line.endswith(".")
    return line


def handed(kind: str) -> Mapping[str, Any]:
    """What a fit platform has given out."""
    return layered(kind)[0].outputs


@pytest.mark.parametrize("kind", CLOUDS)
def test_a_platform_that_is_not_there_is_named_with_the_fix(kind: str):
    up = f"must be a stack that is up, got '{kind}-dev'. To fix: `pulumi up -s {kind}-dev`, or correct the name."
    layer = f"must be a stack of `layer: platform`, got '{kind}-dev'. To fix: write that there and `pulumi up"
    for others, said in (
        ({}, up),
        ({f"{kind}-dev": {}}, up),
        ({f"{kind}-dev": stacks.plain(kind, f"{kind}-dev").outputs}, layer),
        ({f"{kind}-dev": {"greeting": "hello"}}, layer),
    ):
        assert refusal(kind, others).startswith(f"stacks/Pulumi.{kind}-apps.yaml: platform {said}")


@pytest.mark.parametrize("kind", CLOUDS)
def test_a_platform_of_another_kind_is_refused(kind: str):
    other = {"aws": "gcp", "gcp": "aws"}[kind]
    line = refusal(kind, {f"{kind}-dev": handed(other)})
    assert line.startswith(
        f"stacks/Pulumi.{kind}-apps.yaml: platform must be of kind {kind}, and is of kind {other}, got '{kind}-dev'"
    )


@pytest.mark.parametrize("kind", CLOUDS)
@pytest.mark.parametrize(
    ("path", "to", "said"),
    [
        ("handover/version", "0", "platform must hand over version 1 of the record, and does 0, got '{0}-dev'"),
        ("handover/version", GONE, "platform must hand over version 1 of the record, and does None, got"),
        ("platform/kubeconfig", {}, "platform must be a stack whose secrets can be opened, and its kubeconfig cannot"),
        ("platform", {}, "platform must be a stack whose secrets can be opened"),
        ("platform", GONE, "platform must be a stack whose secrets can be opened"),
        ("handover/region", "eu-far-9", "region must be 'eu-far-9', as that of the stack '{0}-dev', got 'eu"),
        ("handover/services", ["a", "b"], "services must be among those that the stack '{0}-dev' watches (a, b), got"),
        ("handover/namespace", 7, "namespace must be text, got 7"),
        ("handover/nodes", "n", "nodes is not a known key, got 'n'"),
    ],
)
def test_a_record_that_is_not_for_this_stack_is_refused(kind: str, path: str, to: object, said: str):
    line = refusal(kind, {f"{kind}-dev": changed(handed(kind), path, to)})
    whose, _, what = line.partition(": ")
    assert whose in (f"stacks/Pulumi.{kind}-apps.yaml", f"output `handover` of the stack {kind}-dev")
    assert what.startswith(said.format(kind))


@pytest.mark.parametrize(("kind", "key"), [("aws", "account"), ("gcp", "project")])
def test_the_account_of_another_is_refused(kind: str, key: str):
    line = refusal(kind, {f"{kind}-dev": changed(handed(kind), f"handover/{key}", "another")})
    assert line.startswith(
        f"stacks/Pulumi.{kind}-apps.yaml: {key} must be 'another', as that of the stack '{kind}-dev'"
    )


@pytest.mark.parametrize("kind", CLOUDS)
def test_whatever_the_record_lacks_is_named(kind: str):
    for key in handed(kind)["handover"].keys() - {"version", "kind", "peer"}:
        line = refusal(kind, {f"{kind}-dev": changed(handed(kind), f"handover/{key}", GONE)})
        assert line.startswith(f"output `handover` of the stack {kind}-dev: {key} is missing. To fix: ")


@pytest.mark.parametrize("kind", CLOUDS)
def test_a_state_that_cannot_be_read_is_one_line_with_its_words(kind: str, monkeypatch: pytest.MonkeyPatch):
    def refuse(self: Engine, stack: str) -> dict[str, Any]:
        raise recording.Refused("the bucket is not yours")

    monkeypatch.setattr(Engine, "_given_out", refuse)
    line = refusal(kind, {})
    assert "platform must be a stack that can be read (" in line and "the bucket is not yours), got" in line


@pytest.mark.parametrize("layer", [None, "platform"])
def test_the_program_gives_out_a_record_only_where_services_are_another_stacks(
    layer: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    given_out: dict[str, Any] = {}
    monkeypatch.setattr(pulumi, "export", given_out.__setitem__)
    written = {"kind": "aws", **stacks.WRITTEN["aws"], "layer": layer}
    engine = run_program(tmp_path, "aws-dev", written, [CARD])
    assert set(given_out) == {"services", "platform", *(["handover"] if layer else [])}
    assert ("tradewind:service:ModelService" in engine.counts()) is (layer is None)


@pytest.mark.parametrize("layer", [{"layer": "platform"}, {"layer": "services", "platform": "lab-platform"}])
def test_one_machine_has_no_layers(layer: dict[str, str]):
    with pytest.raises(InvalidInput) as refused:
        stacks.deployed("local", "lab", None, **layer)
    assert str(refused.value) == (
        f"stacks/Pulumi.lab.yaml: layer: {layer['layer']} needs that one stack makes the platform, another the services "
        "on it; local has it not: the node goes with its stack, and would take another's services along. "
        "To fix: choose another platform, or do without."
    )
