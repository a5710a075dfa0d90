"""The clouds' command lines with nobody's account behind them: programs for PATH that answer what their table says.

A command that is not in the table word for word is refused. Tables: `aws.yaml`, `gcloud.yaml`, a healthy account each.
"""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Failure:
    """What a program says as it ends with a status other than 0."""

    stderr: str
    code: int = 1


@dataclass(frozen=True)
class Programs:
    """Doubles in one folder; a test changes what they answer, and sees what they were asked."""

    folder: Path
    tables: dict[str, dict[str, Any]] = field(default_factory=dict)

    @classmethod
    def install(cls, folder: Path, *names: str) -> "Programs":
        folder.mkdir(parents=True, exist_ok=True)
        made = cls(folder, {name: table(name) for name in names})
        for name in names:
            program = folder / name
            program.write_text(f"#!{sys.executable} -IS\n" + (HERE / "program.py").read_text())
            program.chmod(0o755)
            made._write(name)
        return made

    def answer(self, name: str, command: str, answer: Any) -> None:
        """From now on; the command has to be one of the table's, or begin one of them."""
        found = [each for each in self.tables[name] if each.startswith(command)]
        assert found, f"the double of {name} knows no `{command}`"
        for each in found:
            self.tables[name][each] = answer
        self._write(name)

    def add(self, name: str, command: str, answer: Any) -> None:
        """One command more, which its table leaves out."""
        self.tables[name][command] = answer
        self._write(name)

    def remove(self, name: str) -> None:
        """As on a machine without it."""
        (self.folder / name).unlink()

    def asked(self) -> list[str]:
        """Every command so far, with its program's name."""
        file = self.folder / "asked"
        return file.read_text().splitlines() if file.exists() else []

    def _write(self, name: str) -> None:
        replies = {command: _reply(answer) for command, answer in self.tables[name].items()}
        (self.folder / f"{name}.json").write_text(json.dumps(replies))


def table(name: str) -> dict[str, Any]:
    """What a program answers; nothing where it only has to be there."""
    file = HERE / f"{name}.yaml"
    return yaml.safe_load(file.read_text()) if file.exists() else {}


def _reply(answer: Any) -> Mapping[str, Any]:
    if isinstance(answer, Failure):
        return {"stdout": "", "stderr": answer.stderr, "code": answer.code}
    text = answer if isinstance(answer, str) else json.dumps(answer, indent=4)
    return {"stdout": text + "\n", "stderr": "", "code": 0}
