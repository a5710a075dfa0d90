"""A stack's settings as they stand in stacks/Pulumi.<stack>.yaml, before its platform has judged them."""

from typing import Any

import yaml

from airgap.errors import SetupError
from airgap.paths import CHECKOUT


def shown(stack: str) -> str:
    """The file, as a person is told of it."""
    return f"stacks/Pulumi.{stack}.yaml"


def whole(stack: str) -> dict[str, Any]:
    """All of the file, Pulumi's own keys too; empty where there is none; SetupError where it cannot be read."""
    path = CHECKOUT / shown(stack)
    try:
        content = yaml.safe_load(path.read_text()) if path.exists() else None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise SetupError(
            f"{shown(stack)}: cannot be read: {' '.join(str(error).split())}. To fix: correct it."
        ) from None
    config = content.get("config") if isinstance(content, dict) else content
    if not isinstance(config or {}, dict):
        raise SetupError(
            f"{shown(stack)}: must hold `config:` and its keys, got {config!r}. To fix: write it so, or remove it."
        )
    return content or {}


def written(stack: str) -> dict[str, Any]:
    """The keys under `config:`, each with its `tradewind:`."""
    return whole(stack).get("config") or {}


def standing_on(stack: str) -> list[str]:
    """Stacks of this checkout whose services the stack is the platform of."""
    names = sorted(path.name.split(".")[1] for path in (CHECKOUT / "stacks").glob("Pulumi.*.yaml"))
    return [name for name in names if written(name).get("tradewind:platform") == stack]


def kind(stack: str) -> str:
    return written(stack).get("tradewind:kind", "local")
