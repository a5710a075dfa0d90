"""Each spoiled input of spoiled_inputs.yaml is refused by our own words before a cloud hears of it.

    bad enum 5, missing role 4, overlong name 5, odd name 15, colliding names 7, overlapping CIDR 4, bad region 5,
    impossible size 17, impossible range 4, open door 4, missing key 6, unknown key 5, wrong type 6, missing feature 3, foreign peer 12,
    misplaced layer 11, public entry 10, secrets of a card 7

The program is the one of the stacks, beside files of its own, and the engine answers without a double. What the double
would have said is asked apart, of the good stack with the spoiled value in its place.
"""

import importlib
import json
import re
import runpy
import shutil
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml

from airgap.paths import CHECKOUT
from components.platforms import Feature, require
from components.service import ModelService, ModelServiceArgs
from provider.protocol import Values
from tests.components import recording, stacks
from tests.components.born_on_gcp import PROJECT
from tests.components.recording import ACCOUNT
from tests.components.samples import CAPACITY, CARD, a_card, measured
from tests.components.test_stack_files import MODELS
from tests.doubles.cloud import Cloud
from tests.doubles.double import Double
from tests.doubles.faults import CloudError
from tests.doubles.gcp.formats import SERVICE
from tests.doubles.in_process import asked, recorded_against, whole

pytestmark = pytest.mark.stack

CONFIG = {
    "aws": {"region": "eu-west-1", "allowedAccountIds": f'["{ACCOUNT}"]'},
    "gcp": {"region": "europe-west1", "project": PROJECT},
}

OTHER: dict[str, Any] = {
    "summary": "Another.",
    "model": {"name": "another", "version": "2"},
    "load": {"base_rps": 1, "peak_rps": 2, "shape": "spike"},
    "slo": {"p95_ms": 400, "error_rate": 0.01, "timeout_s": 6, "scale_up_s": 60, "scale_down_s": 180},
    "scale": {"min": 2, "max": 4, "spare": 0.1},
    "size": "large",
    "batch": {"size": 1, "wait_ms": 0},
    "sample": {"texts": ["another"]},
}
"""Of a card, all but its name."""

ACCEPTS, NOTHING = "accepts", "nothing reaches it"


@dataclass(frozen=True, kw_only=True)
class Spoiled:
    """One entry of the table; its head says what each key means."""

    kind: str
    number: str
    stack: str
    ours: str
    double: str
    cloud: str
    write: Mapping[str, Any]
    card: Mapping[str, Any]
    services: list[str]
    call: str
    given: Mapping[str, Any]
    needs: str
    provider: Mapping[str, str]
    instead: Mapping[str, Mapping[str, Any]]
    beside: Mapping[str, Mapping[str, Any]]

    def __str__(self) -> str:
        what = {**self.write, **self.card, **self.given} or [*self.services, self.needs or self.stack]
        return f"{self.kind} {self.number} on {self.cloud}: {what}"


def table() -> Iterator[Spoiled]:
    content = yaml.safe_load(Path(__file__).with_name("spoiled_inputs.yaml").read_text())
    absent = {"write": {}, "card": {}, "services": [], "call": "", "given": {}, "needs": ""}
    absent |= {"provider": {}, "instead": {}, "beside": {}}
    for kind, entries in content.items():
        for number, entry in enumerate(entries, 1):
            cloud = {"cloud": re.split(r"\W|_", entry["stack"])[0]}
            yield Spoiled(**{**absent, **cloud, **entry, "kind": kind, "number": f"{number} of {len(entries)}"})


TABLE = list(table())


def test_the_table_has_fifty_each_with_a_fix_and_the_head_of_this_file_counts_them():
    assert len(TABLE) >= 50 and all("To fix: " in each.ours for each in TABLE)
    assert all((each.double == NOTHING) == (not each.instead and not each.beside) for each in TABLE)
    last = {each.kind: each.number.partition(" ")[0] for each in TABLE}
    counted = ", ".join(f"{kind} {count}" for kind, count in last.items())
    assert counted in " ".join((__doc__ or "").split())


@pytest.mark.parametrize("spoiled", TABLE, ids=str)
def test_it_is_refused_in_our_words_before_a_cloud_hears_of_it(spoiled: Spoiled, tmp_path: Path):
    engine = recording.Engine()
    with pytest.MonkeyPatch.context() as patch, pytest.raises((pulumi.RunError, ValueError)) as refused:
        patch.setattr(recording, "Engine", lambda: engine)
        plan(spoiled, tmp_path)
    ours = ".*".join(map(re.escape, spoiled.ours.split(" ... ")))
    assert any(re.match(ours, line) for line in str(refused.value).splitlines()), str(refused.value)
    assert engine.made == []


@pytest.mark.parametrize("spoiled", [each for each in TABLE if each.double != NOTHING], ids=str)
def test_what_the_double_would_have_said(spoiled: Spoiled, good: Mapping[str, "Good"], tmp_path: Path):
    assert spoiled.double in good[spoiled.cloud].answer(spoiled, tmp_path)


@pytest.mark.parametrize("cloud", ["aws", "gcp"])
def test_what_the_double_cannot_be_asked_reaches_no_resource_of_the_cloud(cloud: str):
    """With our checks off, and a card that has nothing but its name in common with the good one."""
    mine = [each for each in TABLE if each.double == NOTHING and each.cloud == cloud]
    written = {key: value for each in mine for key, value in each.write.items()}
    engine = unchecked(cloud, written)
    assert inputs(engine, cloud) == inputs(stacks.plain(cloud, f"{cloud}-dev"), cloud)


def plan(spoiled: Spoiled, folder: Path) -> None:
    """What a preview runs until it is refused."""
    if spoiled.call:
        module, _, name = spoiled.call.partition(":")
        getattr(importlib.import_module(module), name)(**spoiled.given)
    elif spoiled.needs:
        require(spoiled.cloud, platform(spoiled.cloud).lacks, [Feature[spoiled.needs]], "bentos/embedder/card.yaml")
    else:
        card = with_values(CARD, spoiled.card)
        cards = [card, *(card | {"name": name} for name in spoiled.services)]
        written = {"kind": spoiled.cloud, **stacks.WRITTEN[spoiled.cloud], **spoiled.write}
        run_program(folder, spoiled.stack, written, cards)


def run_program(folder: Path, stack: str, written: Mapping[str, Any], cards: list[dict[str, Any]]) -> recording.Engine:
    """stacks/__main__.py over bentos of its own, told its settings as Pulumi tells them: what is no text as JSON."""
    (folder / "stacks").mkdir()
    main = shutil.copy(CHECKOUT / "stacks" / "__main__.py", folder / "stacks")
    for card in cards:
        bento = folder / "bentos" / card["name"]
        bento.mkdir(parents=True)
        (bento / "card.yaml").write_text(yaml.safe_dump(card))
        (bento / "capacity.json").write_text(json.dumps({"measurements": [CAPACITY | {"service": card["name"]}]}))
    config = {key: as_told(value) for key, value in written.items() if value is not None}

    def program() -> None:
        runpy.run_path(str(main))

    return recording.run(program, config, stack)


def as_told(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def with_values(tree: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """The same with each value at its dotted path; None takes away what is there."""
    found = deepcopy(dict(tree))
    for path, value in values.items():
        *parents, last = path.split(".")
        part = found
        for parent in parents:
            part = part.setdefault(parent, {})
        if value is None:
            part.pop(last, None)
        else:
            part[last] = value
    return found


@dataclass(frozen=True, kw_only=True)
class Good:
    """The good stack of a cloud, deployed into its double."""

    cloud: str
    file: Path
    engine: recording.Engine

    def answer(self, spoiled: Spoiled, folder: Path) -> str:
        """The double's, in a copy of its cloud where the value stands in the place of the good one."""
        cloud = Cloud(Path(shutil.copy(self.file, folder / "cloud.sqlite")))
        double = configured(self.cloud, cloud, spoiled.provider)
        told = [(double.update, spoiled.instead), (double.create, spoiled.beside)]
        for act, name, values in ((act, *each) for act, resources in told for each in resources.items()):
            [made] = [each for each in self.engine.made if each.name == name and each.type.startswith(self.cloud)]
            [id] = [each.id for each in Cloud(self.file).things(made.type) if each.inputs == whole(made.inputs)]
            resource = asked(made.type, name, with_values(made.inputs, values), id=id)
            if failures := double.check(resource).failures:
                return "; ".join(f"{path} {why}" for path, why in failures)
            try:
                act(resource)
            except CloudError as refusal:
                return str(refusal)
        return ACCEPTS


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Good]:
    found: dict[str, Good] = {}
    for cloud in CONFIG:
        file = tmp_path_factory.mktemp("good") / f"{cloud}.sqlite"
        double = configured(cloud, Cloud(file), {})
        if cloud == "gcp":
            # A lookup of the program is answered from its second run on: the first turns the API on.
            api = {"project": PROJECT, "service": "cloudkms.googleapis.com", "disableOnDestroy": False}
            double.create(asked(SERVICE, "apis-cloudkms", api))
        with recorded_against(double):
            written = {"kind": cloud, **stacks.WRITTEN[cloud], "peer": stacks.PEERS[cloud], **stacks.PUBLIC}
            card = CARD | {"secrets": ["api-token"]}
            engine = run_program(tmp_path_factory.mktemp(cloud), f"{cloud}-dev", written, [card])
        found[cloud] = Good(cloud=cloud, file=file, engine=engine)
    return found


def configured(kind: str, cloud: Cloud, told: Mapping[str, str]) -> Double:
    double = importlib.import_module(f"tests.doubles.{kind}").double(cloud)
    double.configure(Values(CONFIG[kind] | told))
    return double


def platform(cloud: str) -> Any:
    return getattr(importlib.import_module(f"components.platforms.{cloud}"), f"{cloud.title()}Platform")


def unchecked(cloud: str, written: Mapping[str, Any]) -> recording.Engine:
    model = getattr(importlib.import_module(f"components.platforms.{cloud}"), MODELS[cloud])
    stack = f"{cloud}-dev"

    def program() -> None:
        settings = model.model_construct(**with_values(stacks.WRITTEN[cloud], written))
        opened = platform(cloud)(stack, settings, ["embedder"])
        ModelService("embedder", ModelServiceArgs(card=a_card(**OTHER), measurements=measured(size="large")), opened)

    return recording.run(program, stack=stack)


def inputs(engine: recording.Engine, cloud: str) -> dict[str, Any]:
    return {each.name: each.inputs for each in engine.made if each.type.startswith(f"{cloud}:")}
