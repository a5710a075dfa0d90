"""A folder of topics: one module each, with its RULES."""

import importlib
import pkgutil
from collections.abc import Iterable
from typing import Any


def collected(package: str, folder: Iterable[str]) -> dict[str, list[Any]]:
    """The rules of each module of a package, by the module's name."""
    return {
        found.name: importlib.import_module(f"{package}.{found.name}").RULES for found in pkgutil.iter_modules(folder)
    }
