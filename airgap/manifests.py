"""The Kubernetes objects of KEDA and Envoy Gateway, rendered from the Go modules that their programs are built from.

No chart repository is asked. Images stand as placeholders, since the digest of an image is born later than the plan.
"""

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml

from airgap import golang
from airgap.artifacts import Report, ensure, key_of
from airgap.errors import SetupError

Document = dict[str, Any]

KEDA_IMAGE = "images.invalid/tradewind/keda:placeholder"
ENVOY_GATEWAY_IMAGE = "images.invalid/tradewind/envoy-gateway:placeholder"

SETTINGS = Path(__file__).with_name("manifests_settings")
"""keda.yaml is a kustomization, envoy-gateway.yaml the values of a chart."""

QUICK_READINESS = {"initialDelaySeconds": 1, "periodSeconds": 1, "failureThreshold": 10}
ENVOY_GATEWAY_MEMORY = "160MiB"
"""GOMEMLIMIT of the controller, within the limit that the values file sets."""

KEDA_MODULE = "github.com/kedacore/keda/v2"
ENVOY_GATEWAY_MODULE = "github.com/envoyproxy/gateway"


def keda(report: Report) -> list[Document]:
    """KEDA's operator and metrics adapter with CRDs and RBAC; no admission webhooks."""
    return _rendered("keda", "keda", _keda, report)


def gateway_api(report: Report) -> list[Document]:
    """The CRDs of Gateway API's standard channel, of the version that Envoy Gateway was compiled against."""
    return _rendered("gateway-api", "envoy-gateway", _gateway_api, report)


def envoy_gateway(report: Report) -> list[Document]:
    """Envoy Gateway's controller, its certificate Job, RBAC and own CRDs; Gateway API is left to `gateway_api`."""
    return _rendered("envoy-gateway", "envoy-gateway", _envoy_gateway, report)


def prepare(report: Report) -> None:
    """All of it into the cache, building the tools that render it, so that the next preview is quick."""
    for render in (keda, gateway_api, envoy_gateway):
        render(report)


def _rendered(name: str, module: str, render: Callable[[Path, Report], str], report: Report) -> list[Document]:
    source = golang.MODULES / module
    key = key_of(Path(__file__), source / "go.mod", source / "go.sum", *sorted(SETTINGS.iterdir()))

    def build(out: Path) -> None:
        documents = [_slim(each) for each in yaml.safe_load_all(render(out, report)) if each]
        for leftover in out.iterdir():
            shutil.rmtree(leftover)
        (out / "documents.json").write_text(json.dumps(documents))

    return json.loads((ensure(f"manifests-{name}", key, build, report) / "documents.json").read_text())


def _keda(scratch: Path, report: Report) -> str:
    folder = scratch / "keda"
    shutil.copytree(golang.module_dir("keda", KEDA_MODULE) / "config", folder / "config", copy_function=shutil.copyfile)
    shutil.copyfile(SETTINGS / "keda.yaml", folder / "kustomization.yaml")
    return _output([golang.binary("node", "./kube", report), "kubectl", "kustomize", folder])


def _gateway_api(scratch: Path, report: Report) -> str:
    charts = golang.module_dir("envoy-gateway", ENVOY_GATEWAY_MODULE) / "charts"
    settings = ("crds.gatewayAPI.enabled=true", "crds.gatewayAPI.channel=standard")
    return _helm_template(charts / "gateway-crds-helm", scratch, report, settings)


def _envoy_gateway(scratch: Path, report: Report) -> str:
    charts = golang.module_dir("envoy-gateway", ENVOY_GATEWAY_MODULE) / "charts"
    crds = _helm_template(charts / "gateway-crds-helm", scratch, report, ("crds.envoyGateway.enabled=true",))
    rest = _helm_template(charts / "gateway-helm", scratch, report, values=SETTINGS / "envoy-gateway.yaml")
    documents = [_tuned(each) for each in yaml.safe_load_all(rest) if each]
    return "\n---\n".join([crds, yaml.safe_dump_all(documents)])


def _tuned(document: Document) -> Document:
    """What the chart has no value for: tokens for pods that ask, quick readiness, a collector that knows the limit."""
    match document["kind"]:
        case "ServiceAccount":
            document["automountServiceAccountToken"] = False
        case "Job":
            document["spec"]["template"]["spec"]["automountServiceAccountToken"] = True
        case "Deployment":
            pod = document["spec"]["template"]["spec"]
            pod["automountServiceAccountToken"] = True
            [container] = pod["containers"]
            container["readinessProbe"] |= QUICK_READINESS
            container["env"].append({"name": "GOMEMLIMIT", "value": ENVOY_GATEWAY_MEMORY})
    return document


def _helm_template(
    chart: Path, scratch: Path, report: Report, settings: tuple[str, ...] = (), values: Path | None = None
) -> str:
    folder = scratch / chart.name
    shutil.copytree(chart, folder, copy_function=shutil.copyfile)
    # The repository keeps a template; its release process fills in the image, which our values name anyway.
    template = (folder / "values.tmpl.yaml").read_text()
    filled = template.replace("${GatewayImagePullPolicy}", "IfNotPresent").replace(
        "${GatewayImage}", ENVOY_GATEWAY_IMAGE
    )
    (folder / "values.yaml").write_text(filled)
    helm = golang.binary("envoy-gateway", "helm.sh/helm/v3/cmd/helm", report)
    arguments = [argument for setting in settings for argument in ("--set", setting)]
    if values:
        arguments += ["--values", str(values)]
    command = [helm, "template", "eg", folder, "--namespace", "envoy-gateway-system", "--skip-crds", *arguments]
    return _output(command)


def _output(command: list[Any]) -> str:
    run = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if run.returncode:
        raise SetupError(f"`{' '.join(map(str, command))}` failed: {run.stderr.strip()} To fix: repair what it names.")
    return run.stdout


def _slim(document: Document) -> Document:
    """Without what only readers need: the prose of CRD schemas is four fifths of them, and would be written into the
    state with each step of each update and held by the API server. Helm's hook marks mean nothing here either."""
    metadata = document["metadata"]
    kept = {key: value for key, value in metadata.get("annotations", {}).items() if not key.startswith("helm.sh/")}
    metadata.pop("annotations", None)
    if kept:
        metadata["annotations"] = kept
    document.pop("status", None)
    if document["kind"] == "CustomResourceDefinition":
        for version in document["spec"]["versions"]:
            for schema in _schemas(version["schema"]["openAPIV3Schema"]):
                schema.pop("description", None)
    return document


def _schemas(schema: Document) -> Iterator[Document]:
    """The schema and each one nested in it; a property that is itself called `description` is no prose."""
    yield schema
    for nested in ("items", "additionalProperties", "not"):
        if isinstance(schema.get(nested), dict):
            yield from _schemas(schema[nested])
    for nested in ("allOf", "anyOf", "oneOf"):
        for each in schema.get(nested, ()):
            yield from _schemas(each)
    for each in schema.get("properties", {}).values():
        yield from _schemas(each)
