"""The official plugins that a real account needs: here, to be had, or out of reach."""

import httpx

from airgap import engine, official
from airgap.check import Check
from airgap.errors import SetupError
from commands.engine import heard
from commands.stages import report

SITE = "https://get.pulumi.com/releases/plugins"


def check(package: str) -> Check:
    """Looks without fetching; a plugin that cannot be had blocks `make up`."""
    what, number = f"plugin {package}", engine.version(f"pulumi-{package}")
    if _here(package):
        return Check(what=what, answer="found", detail=number)
    url = _address(package)
    try:
        httpx.head(url, timeout=official.PROBE_S, follow_redirects=True).raise_for_status()
    except httpx.HTTPError as error:
        fix = f"let this machine reach {httpx.URL(url).host}, by HTTPS_PROXY if need be; it is fetched from there once."
        detail = f"{number} is not here, and {url} cannot be had ({type(error).__name__})"
        return Check(what=what, answer="missing", detail=detail, fix=fix)
    return Check(what=what, answer="built", detail=f"{number}, to be fetched from {url}")


def fetch(stack: str, package: str) -> None:
    """Puts the plugin where the engine looks, unless it is there."""
    if _here(package):
        return
    number = engine.version(f"pulumi-{package}")
    report(f"fetching the plugin {package} {number}")
    if package == "kubernetes":
        # Into the cache, from where engine.ensure takes it.
        code, words = official.fetch(official.kubernetes_plugin(number), report) is None, "see above."
    else:
        code, words = heard(stack, "plugin", "install", "resource", package, number)
    if code:
        raise SetupError(f"plugin {package}: {words} To fix: repair what it names, then run `make up` again.")


def _here(package: str) -> bool:
    number = engine.version(f"pulumi-{package}")
    if package == "kubernetes":  # ours, which a node takes, refuses charts
        return official.fetch(official.kubernetes_plugin(number), report, probe=False) is not None
    folder = engine.HOME / "plugins" / f"resource-{package}-v{number}"
    return (folder / f"pulumi-resource-{package}").exists() and not folder.with_name(f"{folder.name}.partial").exists()


def _address(package: str) -> str:
    number = engine.version(f"pulumi-{package}")
    if package == "kubernetes":
        return official.kubernetes_plugin(number).checksums
    return f"{SITE}/pulumi-resource-{package}-v{number}-linux-amd64.tar.gz"
