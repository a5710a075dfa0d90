"""Resources as a Terraform plan: Checkov knows them by Terraform's names, which Pulumi's were made from."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

NAMES: Mapping[str, Any] = yaml.safe_load(Path(__file__).with_name("names.yaml").read_text())
CLOUDS = {"aws": "aws", "gcp": "google"}


@dataclass(frozen=True)
class Planned:
    """A resource of a cloud."""

    name: str
    type: str
    """Pulumi's token."""
    inputs: Mapping[str, Any]
    uses: Mapping[str, Iterable["Planned"]] = field(default_factory=dict)
    """By property, those that its value comes from."""

    @property
    def address(self) -> str:
        return f"{type_of(self.type)}.{self.name}"


def has_a_type(token: str) -> bool:
    """Whether it is a cloud's: not a provider, no component, nothing of Kubernetes."""
    return token.partition(":")[0] in CLOUDS and "/" in token


def plan(resources: Iterable[Planned]) -> dict[str, Any]:
    """As `terraform show -json` writes it: https://developer.hashicorp.com/terraform/internals/json-format."""
    planned, configured, changes = [], [], []
    for each in resources:
        known = {"address": each.address, "type": type_of(each.type), "name": each.name, "mode": "managed"}
        values = _block(each.inputs)
        planned.append({**known, "values": values})
        configured.append({**known, "expressions": _expressions(each)})
        changes.append({**known, "change": {"actions": ["create"], "before": None, "after": values}})
    return {
        "format_version": "1.2",
        "terraform_version": "1.9.0",
        "planned_values": {"root_module": {"resources": planned}},
        "configuration": {"root_module": {"resources": configured}},
        "resource_changes": changes,
    }


def type_of(token: str) -> str:
    """`aws:kms/key:Key` is `aws_kms_key`."""
    cloud, path, kind = token.split(":")
    module = f"{cloud}:{path.partition('/')[0]}"
    parts = (CLOUDS[cloud], NAMES["modules"].get(module, module.partition(":")[2]), _snake(kind))
    return NAMES["types"].get(token) or "_".join(filter(None, parts))


def _block(inputs: Mapping[str, Any]) -> dict[str, Any]:
    return {_property(key): _value(key, value) for key, value in inputs.items()}


def _value(key: str, value: Any) -> Any:
    """What Pulumi has as one object is a block that may stand once; a map stays one."""
    if isinstance(value, dict):
        return value if key in NAMES["maps"] else [_block(value)]
    if isinstance(value, list):
        return [_block(each) if isinstance(each, dict) else each for each in value]
    return value


def _expressions(of: Planned) -> dict[str, Any]:
    found = {_property(key): [f"{each.address}.id" for each in used] for key, used in of.uses.items()}
    return {key: {"references": names} for key, names in found.items() if names}


def _property(key: str) -> str:
    return NAMES["properties"].get(key, _snake(key))


def _snake(name: str) -> str:
    """`kmsKeyId` is `kms_key_id`, `SSLPolicy` is `ssl_policy`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()
