"""The card: what a model service promises, in one YAML file that program, service, policies and load test read.

`python -m components.card` prints the JSON schema that editors use, bentos/card.schema.json.
"""

import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationInfo, field_validator

from components.naming import DNS_LABEL, LABEL_LIMIT, SERVICE_NAME_LIMIT, SERVICE_NAMES_TAKEN, SERVICE_PARTS
from components.part import Part
from components.scale import Scale
from components.validation import InvalidInput, checked, problem, read

FILE = "card.yaml"

Size = Literal["small", "medium", "large"]
"""What one replica gets, by the platform's own table."""

Shape = Literal["steady", "swell", "spike", "diurnal"]

LARGEST_BATCH = 1024
MOST_SECRETS = 10
"""Each is one more call of the cloud whenever a pod starts."""


class ModelRef(Part):
    """The model it serves; its digest is pinned in the lock that the build writes."""

    name: str = Field(min_length=1, examples=["all-MiniLM-L6-v2"])
    version: str = Field(min_length=1, examples=["1"])


class Load(Part):
    """The offered load, in requests per second at the entry."""

    base_rps: float = Field(gt=0, le=100_000, allow_inf_nan=False, examples=[5])
    peak_rps: float = Field(gt=0, le=100_000, allow_inf_nan=False, examples=[75])
    shape: Shape = Field(examples=["swell"])

    @field_validator("peak_rps")
    @classmethod
    def _peak_over_base(cls, peak: float, info: ValidationInfo) -> float:
        base = info.data.get("base_rps")
        if base is not None and peak < base:
            raise problem(
                f"must be at least load.base_rps ({base:g})",
                f"raise load.peak_rps to {base:g} or more, or lower the base",
            )
        return peak


class Slo(Part):
    """What callers are promised."""

    p95_ms: int = Field(gt=0, le=600_000, examples=[300])
    """Of the answers over the plateau of the load."""
    error_rate: float = Field(ge=0, lt=1, examples=[0.001])
    timeout_s: int = Field(gt=0, le=600, examples=[5])
    """A request that has no answer by then gets 504."""
    scale_up_s: int = Field(gt=0, le=3600, examples=[30])
    """From the second whose offered rate exceeds the present capacity until the predicted replicas are ready."""
    scale_down_s: int = Field(ge=45, le=3600, examples=[120])
    """From the fall of the load until scale.min replicas are left; below 45 s there is no time to average and drain."""

    @field_validator("timeout_s")
    @classmethod
    def _timeout_over_p95(cls, timeout: int, info: ValidationInfo) -> int:
        p95 = info.data.get("p95_ms")
        if p95 is not None and timeout * 1000 < p95:
            raise problem(f"must be at least slo.p95_ms ({p95} ms)", "raise slo.timeout_s, or lower slo.p95_ms")
        return timeout


class Batch(Part):
    """How requests are gathered for the model; `size: 1` turns it off."""

    size: int = Field(ge=1, le=LARGEST_BATCH, examples=[32])
    wait_ms: int = Field(ge=0, le=10_000, examples=[5])
    """The longest a request waits for company."""


class Card(Part):
    """One model service, as a person declares it in bentos/<name>/card.yaml."""

    name: Annotated[str, Field(max_length=SERVICE_NAME_LIMIT)] = Field(examples=["embedder"])
    """Also its folder, its DNS name in the cluster and its path at the entry."""
    summary: str = Field(min_length=1, max_length=200, examples=["Sentences to unit vectors."])
    model: ModelRef = Field(examples=[{"name": "all-MiniLM-L6-v2", "version": "1"}])
    load: Load = Field(examples=[{"base_rps": 5, "peak_rps": 75, "shape": "swell"}])
    slo: Slo = Field(
        examples=[{"p95_ms": 300, "error_rate": 0.001, "timeout_s": 5, "scale_up_s": 30, "scale_down_s": 120}]
    )
    scale: Scale = Field(examples=[{"min": 1, "max": 3, "spare": 0.2}])
    size: Size = Field(examples=["small"])
    batch: Batch = Field(examples=[{"size": 32, "wait_ms": 5}])
    sample: dict[str, Any] = Field(min_length=1, examples=[{"texts": ["a model service"]}])
    """A request body that the service answers: the default of its endpoint, and of the curl line."""
    secrets: list[str] = Field(default=[], examples=[["api-token"]])
    """Names of files in /etc/tradewind/secrets, whose values their owner writes: components/secrets/README.md."""

    @field_validator("name")
    @classmethod
    def _dns_label(cls, name: str) -> str:
        if not DNS_LABEL.fullmatch(name):
            raise problem(
                "must be a DNS label (a lower-case letter, then letters, digits and inner hyphens)",
                "rename the service and its folder, as in `embedder`",
            )
        return name

    @field_validator("name")
    @classmethod
    def _beside_what_is_the_stacks(cls, name: str) -> str:
        if name in SERVICE_NAMES_TAKEN:
            raise problem(
                f"must be none that a stack uses itself ({', '.join(SERVICE_NAMES_TAKEN)})",
                f"rename the service and its folder, as in `{name}-model`",
            )
        for ending, part in SERVICE_PARTS.items():
            if name.endswith(ending):
                raise problem(f"must not end in {ending}, as {part} does", "rename the service and its folder")
        return name

    @field_validator("name")
    @classmethod
    def _named_as_its_folder(cls, name: str, info: ValidationInfo) -> str:
        folder = (info.context or {}).get("folder", name)
        if name != folder:
            raise problem(f"must be its folder's name ({folder!r})", f"write `name: {folder}`, or rename the folder")
        return name

    @field_validator("secrets")
    @classmethod
    def _few_labels_each_once(cls, secrets: list[str]) -> list[str]:
        if len(secrets) > MOST_SECRETS:
            raise problem(f"must name at most {MOST_SECRETS}", "put values that belong together into one, as JSON")
        for name in secrets:
            if not DNS_LABEL.fullmatch(name) or len(name) > LABEL_LIMIT:
                raise problem(
                    f"must hold DNS labels of at most {LABEL_LIMIT} characters, and {name!r} is none",
                    "write lower-case letters, digits and inner hyphens, as in `api-token`",
                )
        if twice := [name for name, count in Counter(secrets).items() if count > 1]:
            raise problem(f"must name each secret once, and {', '.join(twice)} is there more often", "name it once")
        return secrets

    @field_validator("batch")
    @classmethod
    def _wait_within_slo(cls, batch: Batch, info: ValidationInfo) -> Batch:
        slo: Slo | None = info.data.get("slo")
        if slo is not None and batch.wait_ms >= slo.p95_ms:
            raise problem(f"must wait less than slo.p95_ms ({slo.p95_ms})", "lower batch.wait_ms")
        return batch


def load_card(folder: Path) -> Card:
    """The card of one Bento; InvalidInput lists all that is wrong with it."""
    shown = f"{folder.parent.name}/{folder.name}/{FILE}"
    return checked(Card, read(folder / FILE, shown), shown, {"folder": folder.name})


def load_cards(bentos: Path, names: Iterable[str] | None = None) -> list[Card]:
    """The cards of the named services, of every service where `names` is None; all wrong files are reported at once."""
    found = {path.parent.name: path.parent for path in sorted(bentos.glob(f"*/{FILE}"))}
    cards: list[Card] = []
    problems: list[str] = []
    for name in found if names is None else names:
        try:
            cards.append(load_card(found.get(name, bentos / name)))
        except InvalidInput as error:
            problems.append(str(error))
    if problems:
        raise InvalidInput("\n".join(problems))
    return cards


if __name__ == "__main__":
    print(json.dumps({"$schema": "https://json-schema.org/draft/2020-12/schema", **Card.model_json_schema()}, indent=2))
