"""Which Python runs a program, and what is installed beside it."""

import importlib.metadata
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Interpreter:
    """A Python and the folder of its packages."""

    executable: str
    packages: list[str]

    def plugins(self) -> Iterator[dict[str, Any]]:
        """The pulumi-plugin.json of each installed provider SDK."""
        for folder in self.packages:
            for path in sorted(Path(folder).glob("*/pulumi-plugin.json")):
                described = json.loads(path.read_text())
                if described.get("resource"):
                    yield described

    def distributions(self) -> dict[str, str]:
        """Version by name of what is installed."""
        found = importlib.metadata.distributions(path=self.packages)
        return {distribution.metadata["Name"]: distribution.version for distribution in found}


def choose(root: str, options: Mapping[str, Any]) -> Interpreter:
    """The interpreter that Pulumi.yaml's runtime options ask for; ours where they name none."""
    named = options.get("virtualenv") or (".venv" if options.get("toolchain") == "uv" else None)
    if named is None:
        return Interpreter(sys.executable, [path for path in sys.path if path.endswith("site-packages")])
    folder = Path(root, named)
    python = folder / "bin" / "python"
    if not python.exists():
        raise FileNotFoundError(
            f"{root}/Pulumi.yaml: runtime.options.virtualenv must hold a Python, got {folder}. To fix: run `uv sync`."
        )
    return Interpreter(str(python), [str(path) for path in folder.glob("lib/python3*/site-packages")])
