"""The charts that our stacks install, and what makes a release of one go wrong."""

import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml

from airgap import golang, manifests
from provider.protocol import UNKNOWN
from tests.doubles import shapes
from tests.doubles.kubernetes import RELEASE
from tests.doubles.schema import load

Document = dict[str, Any]

LONGEST_NAME = 53
NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
"""Of a release: https://github.com/helm/helm/blob/v3.20.2/pkg/chartutil/validate_name.go"""

PLAYED = {
    *("name", "namespace", "chart", "version", "repositoryOpts", "values", "description", "maxHistory", "timeout"),
    # Of no consequence here, where nothing is rendered that could fail.
    *("atomic", "cleanupOnFail", "skipAwait", "compat"),
}
"""Properties that a release may have. Any other would be taken and forgotten."""


@dataclass(frozen=True, kw_only=True)
class Published:
    """One chart in the version that our stacks pin: see published.yaml."""

    name: str
    version: str
    appVersion: str = ""
    """Empty where no source of ours knows it."""
    repository: str | None = None
    """None: the chart's own address says it."""
    values: tuple[str, ...] = ()
    definitions: Literal["templates", "crds", "none"] = "none"
    """Where its CustomResourceDefinitions are. Those among its templates go with the release; those in its folder
    `crds` Helm makes where they are missing, and never touches again."""

    def templates(self) -> list[Document]:
        """The definitions that go with a release."""
        return DEFINITIONS[self.name]() if self.definitions == "templates" else []

    def crds(self) -> list[Document]:
        """Those that stay."""
        return DEFINITIONS[self.name]() if self.definitions == "crds" else []

    def keys(self) -> frozenset[str]:
        """Top-level values. Helm takes any other in silence, which never is what was meant."""
        return _gateway_values() if self.name == "gateway-helm" else frozenset(self.values)


def _keda() -> list[Document]:
    return _definitions(manifests.keda(_silent))


def _gateway() -> list[Document]:
    return _definitions([*manifests.gateway_api(_silent), *manifests.envoy_gateway(_silent)])


def _definitions(documents: list[Document]) -> list[Document]:
    return [each for each in documents if each["kind"] == "CustomResourceDefinition"]


def _silent(line: str) -> None:
    """Rendering tells its progress to nobody here: it is in the cache before a rehearsal begins."""


@functools.cache
def _gateway_values() -> frozenset[str]:
    chart = golang.module_dir("envoy-gateway", manifests.ENVOY_GATEWAY_MODULE) / "charts" / "gateway-helm"
    return frozenset(yaml.safe_load((chart / "values.tmpl.yaml").read_text()))


DEFINITIONS = {"keda": _keda, "gateway-helm": _gateway}
CHARTS: Mapping[str, Published] = {
    chart: Published(**facts)
    for chart, facts in yaml.safe_load(Path(__file__).with_name("published.yaml").read_text()).items()
}


def problems(inputs: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(property, what is wrong) of a release; what a preview does not know yet passes."""
    yield from (wrong := list(shapes.problems(load("kubernetes"), RELEASE, inputs)))
    if wrong:
        return
    for path in sorted(inputs.keys() - PLAYED):
        yield path, "no double for this property. To fix: leave it out, or teach tests/doubles/kubernetes to mean it"
    name, chart = inputs.get("name"), inputs["chart"]
    if not name:
        yield "name", "no double for a release without a name. To fix: give it one, so that it is found again"
    elif name is not UNKNOWN and (len(name) > LONGEST_NAME or not NAME.fullmatch(name)):
        rule = f"must match regex ^{NAME.pattern}$ and the length must not be longer than {LONGEST_NAME}"
        yield "name", f"release name {name!r}: invalid release name, {rule}"
    if chart is UNKNOWN:
        return
    if chart not in CHARTS:
        yield "chart", f"no double for the chart {chart!r}. To fix: add it to tests/doubles/kubernetes/published.yaml"
        return
    yield from _unlike(CHARTS[chart], inputs)


def _unlike(published: Published, inputs: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    place = inputs.get("repositoryOpts") or {}
    repository = place if place is UNKNOWN else place.get("repo")
    if repository is not UNKNOWN and repository != published.repository:
        yield (
            "repositoryOpts.repo",
            f"chart {published.name!r} is published at {published.repository}, got {repository}",
        )
    version = inputs.get("version")
    if version is None:
        yield "version", f"no double for the newest {published.name!r}. To fix: pin {published.version}"
    elif version is not UNKNOWN and version != published.version:
        yield "version", f"chart {published.name!r} version {version!r} not found in {repository or inputs['chart']}"
    values = inputs.get("values") or {}
    if values is not UNKNOWN:
        for key in sorted(values.keys() - published.keys() - {"global"}):
            yield f"values.{key}", f"the chart {published.name!r} {published.version} has no such value"
