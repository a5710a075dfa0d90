"""The upper layers: the model, then the service's sources as `bentoml build` packs them."""

import shutil
import tempfile
from pathlib import Path

import yaml

from airgap.artifacts import Report, ensure, key_of
from provider.bento.project import MODEL, BentoError, Project
from provider.bento.runtime import compile_all
from provider.bento.toolchain import run, uv
from provider.oci import tree

SOURCES = "bento/src"
EPOCH = "1970-01-01T00:00:00+00:00"

KEPT = ("apis", "bento.yaml", "src")
"""Of a Bento. The rest tells BentoML's own image builder what to do (env/, with this machine's settings of pip), or
names the version (README.md)."""


def model(project: Project, report: Report) -> Path | None:
    """The root folder with the model, made once per lock and script; None where the Bento has no such step."""
    if not project.model_command:
        return None

    def build(out: Path) -> None:
        folder = out / SOURCES / MODEL
        folder.mkdir(parents=True)
        command = [*_in_environment(project, "--group", "build"), *project.model_command, str(folder)]
        run("writing the model", command, report, cwd=project.folder)
        if not any(folder.iterdir()):
            raise BentoError(
                f"{project.folder / 'pyproject.toml'}: tool.tradewind.model wrote no file into {folder}. "
                "To fix: let the command take the folder as its last argument."
            )

    made = ensure(f"bento-{project.name}-model", key_of(project.model_digest, "1"), build, report)
    _lay_out(made / SOURCES / MODEL, project.folder / MODEL)
    return made


def _lay_out(made: Path, here: Path) -> None:
    """A copy beside the sources: `bentoml serve` in the Bento's folder then serves what the image does."""
    if here.is_dir() and tree.digest(here) == tree.digest(made):
        return
    scratch = here.with_name(f".{here.name}.new")
    shutil.rmtree(scratch, ignore_errors=True)
    shutil.copytree(made, scratch)
    shutil.rmtree(here, ignore_errors=True)
    scratch.rename(here)


def sources(project: Project, runtime: Path, report: Report) -> Path:
    """The root folder with the Bento, less its model; the same sources give the same bytes."""

    def build(out: Path) -> None:
        # Not in the cache: bentoml refuses files below a hidden folder, and ~/.cache is one.
        with tempfile.TemporaryDirectory(prefix="tradewind-bento-") as scratch:
            stage, home = Path(scratch) / "sources", Path(scratch) / "home"
            for inner in project.files():
                (stage / inner).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(project.folder / inner, stage / inner)
            home.mkdir()
            bentoml = [*_in_environment(project), "bentoml", "build", "--version", "built", "--output", "tag"]
            run("bentoml build", bentoml, report, cwd=stage, env={"BENTOML_HOME": str(home)})
            [description] = home.glob("bentos/*/*/bento.yaml")
            (out / "bento").mkdir()
            for name in KEPT:
                if (description.parent / name).exists():
                    shutil.move(description.parent / name, out / "bento" / name)
        _normalise(out / "bento")
        compile_all(out / SOURCES, out, runtime, report)

    key = key_of(project.digest, runtime.name, Path(__file__))
    return ensure(f"bento-{project.name}-sources", key, build, report)


def _normalise(folder: Path) -> None:
    """Take out of bento.yaml what differs from build to build: the time; and `image`, which is not how ours is made.

    The version is the hash of what was packed, so a file that the Bento leaves out (capacity.json) makes no new image.
    """
    description = folder / "bento.yaml"
    content = yaml.safe_load(description.read_text())
    content |= {"creation_time": EPOCH, "version": tree.digest(folder / "src")[:16]}
    content.pop("image", None)
    description.write_text(yaml.safe_dump(content, sort_keys=True))


def _in_environment(project: Project, *options: str) -> list[str]:
    """A command of the Bento's own environment (bentos/<name>/.venv), made from its lock where it is missing."""
    return [uv(), "run", "--frozen", "--no-default-groups", "--project", str(project.folder), *options, "--"]
