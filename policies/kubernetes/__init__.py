"""Kubernetes rules, written once in CEL: judged at preview, and by the API server at admission under the same name."""

import functools
from collections.abc import Iterator
from pathlib import Path

import yaml

from policies.kubernetes.written import Written

FOLDER = Path(__file__).parents[1] / "cel"


@functools.cache
def written(topic: str) -> tuple[Written, ...]:
    """What stands in policies/cel/<topic>.yaml."""
    return tuple(Written.model_validate(each) for each in yaml.safe_load((FOLDER / f"{topic}.yaml").read_text()))


def all_written() -> Iterator[Written]:
    for path in sorted(FOLDER.glob("*.yaml")):
        yield from written(path.stem)
