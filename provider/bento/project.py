"""A Bento's folder as the image builder reads it: settings, files, and the hash of all that goes into its image."""

import shlex
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from airgap.artifacts import key_of

IGNORED = ("__pycache__", "node_modules")
"""Beside hidden names and the model, which a build step writes."""

MODEL = "model"
"""The folder that the model's build step writes, and that the service reads."""

SERVE = ("python", "-m", "bentoml", "serve", "/bento")


class BentoError(ValueError):
    """A Bento's folder cannot be built as it is; the text names file, field, value and fix."""


@dataclass(frozen=True)
class Project:
    """One folder under bentos/, with its own pyproject.toml and uv.lock."""

    folder: Path

    def __post_init__(self) -> None:
        for name in ("pyproject.toml", "uv.lock"):
            if not (self.folder / name).is_file():
                raise BentoError(
                    f"{self.folder / name}: is missing. To fix: run `uv lock` in the Bento's folder, "
                    "or point the image's source at a folder that is a Bento."
                )

    @property
    def name(self) -> str:
        return self.folder.name

    @cached_property
    def _settings(self) -> dict[str, object]:
        file = self.folder / "pyproject.toml"
        try:
            settings = tomllib.loads(file.read_text()).get("tool", {}).get("tradewind", {})
        except tomllib.TOMLDecodeError as error:
            raise BentoError(f"{file}: is not TOML: {error}. To fix: correct that line.") from error
        for key, value in settings.items():
            if key not in ("model", "serve") or not isinstance(value, str) or not value.strip():
                raise BentoError(
                    f"{file}: tool.tradewind.{key} must be a command under the key model or serve, got {value!r}. "
                    'To fix: remove it, or write it like serve = "python server.py".'
                )
        return settings

    @property
    def model_command(self) -> list[str]:
        """Writes the model into the folder that is appended to it; empty where the Bento has none."""
        return shlex.split(str(self._settings.get("model", "")))

    @property
    def serve_command(self) -> list[str]:
        """Starts the service on port 3000, in the folder of its sources."""
        return shlex.split(str(self._settings.get("serve", ""))) or list(SERVE)

    @property
    def lock(self) -> Path:
        return self.folder / "uv.lock"

    def files(self) -> Iterator[Path]:
        """What a person wrote, relative and sorted: all but hidden files, caches and the built model."""
        yield from sorted(self._written(self.folder))

    def _written(self, folder: Path) -> Iterator[Path]:
        # Never into .venv: its thousands of files would be listed at each preview.
        for path in folder.iterdir():
            model = path == self.folder / MODEL and self.model_command
            if path.name.startswith(".") or path.name in IGNORED or model:
                continue
            if path.is_dir():
                yield from self._written(path)
            else:
                yield path.relative_to(self.folder)

    @cached_property
    def digest(self) -> str:
        """Changes with any of `files`; known without building anything."""
        return key_of(*(part for inner in self.files() for part in (inner.as_posix(), self.folder / inner)))

    @cached_property
    def model_digest(self) -> str:
        """Changes with the lock, the step's command and the scripts that it names."""
        scripts = [self.folder / word for word in self.model_command if (self.folder / word).is_file()]
        return key_of(self.lock, *self.model_command, *scripts)
