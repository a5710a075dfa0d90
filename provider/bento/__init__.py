"""A Bento as an image: Debian's Python, locked packages, model, sources; lowest the layer that changes least."""

from pathlib import Path

from airgap.artifacts import Report
from provider.bento import dependencies, runtime, service
from provider.bento.project import BentoError, Project
from provider.oci import ImageSpec

__all__ = ["BentoError", "Project", "spec"]

ENVIRONMENT = {
    # Without it a replica with no way out waits on the network: ready after 22.8 s, against 3.1 s.
    "BENTOML_DO_NOT_TRACK": "true",
    "BENTOML_HOME": "/tmp/bentoml",  # noqa: S108 - the pod's own empty folder; the rest is read-only
    "HOME": "/tmp",  # noqa: S108
    "LANG": "C.UTF-8",
    "PATH": "/usr/bin",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONUNBUFFERED": "1",
}


def spec(folder: Path, report: Report) -> tuple[ImageSpec, list[Path]]:
    """How the Bento in `folder` starts, and the root folders of its layers; builds what the cache lacks."""
    project = Project(folder.resolve())
    base = runtime.root(report)
    packages = dependencies.root(project, base, report)
    model = service.model(project, report)
    sources = service.sources(project, base, report)
    start = ImageSpec(entrypoint=project.serve_command, env=ENVIRONMENT, workdir=f"/{service.SOURCES}")
    return start, [base, packages, *([model] if model else []), sources]
