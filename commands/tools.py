"""What a shell has after `eval "$(make -s env)"` besides pulumi and locust: kubectl, its kubeconfig, and bentoml."""

import os
import shlex
import shutil
from pathlib import Path

from airgap import golang
from airgap.paths import CHECKOUT, STATE
from commands.stages import report

TOOLS = STATE / "tools"
"""Last on PATH: a kubectl or bentoml that the user has wins."""

BENTOML = """\
here=$PWD
# In a Bento's folder its own environment, elsewhere that of the first: both know the same commands.
[ -f "$here/service.py" ] && [ -f "$here/uv.lock" ] || here={first}
exec {uv} run --frozen --project "$here" bentoml "$@"
"""


def kubeconfig(stack: str) -> Path:
    """Of the stack's cluster; the user's own ~/.kube/config is never touched."""
    return STATE / "kubeconfigs" / stack


def write(stack: str, text: str) -> None:
    """Bring them up to date; `text` is the kubeconfig."""
    write_kubeconfig(stack, text)
    kube = golang.binary("node", "./kube", report)
    _put(TOOLS / "kubectl", f'#!/bin/sh\nexec {shlex.quote(str(kube))} kubectl "$@"\n', 0o755)
    first = next(iter(sorted(CHECKOUT.glob("bentos/*/uv.lock")))).parent
    uv = shlex.quote(shutil.which("uv") or "uv")
    _put(TOOLS / "bentoml", "#!/bin/sh\n" + BENTOML.format(first=shlex.quote(str(first)), uv=uv), 0o755)


def write_kubeconfig(stack: str, text: str) -> None:
    _put(kubeconfig(stack), text, 0o600)


def remove(stack: str) -> None:
    """The stack is gone, and so is the way to its cluster."""
    kubeconfig(stack).unlink(missing_ok=True)


def _put(path: Path, text: str, mode: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w") as file:
        file.write(text)
    part.chmod(mode)
    part.replace(path)
