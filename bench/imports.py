"""What importing our package costs beside Pulumi's SDK alone; no cloud's SDK comes along before it is named."""

import subprocess
import sys

from airgap.errors import SetupError
from airgap.paths import CHECKOUT
from bench.rounds import Comparison, compare
from commands.stages import report

PACKAGE = "import components.card, components.platforms, components.platforms.settings, components.service"
"""All that stacks/__main__.py imports before the stack's kind is read."""
SDK = "import pulumi, pydantic"
CLOUDS = ("pulumi_aws", "pulumi_gcp")
LOADED = f"import sys; print(*sorted(set(sys.modules) & set({CLOUDS!r})))"


def compare_imports(rounds: int) -> list[Comparison]:
    """What is imported before a kind is named, and for a local stack; SetupError where a cloud's SDK came along."""
    local = f"{PACKAGE}, components.platforms.local"
    if early := _python(f"{local}; {LOADED}").split():
        raise SetupError(f"bench: `{local}` imports {', '.join(early)}, and no cloud was named.")
    return [
        compare(f"import, {name}", lambda ours=ours: _python(ours), lambda: _python(SDK), rounds, report)
        for name, ours in {"no kind named": PACKAGE, "local": local}.items()
    ]


def _python(program: str) -> str:
    ran = subprocess.run([sys.executable, "-c", program], cwd=CHECKOUT, check=True, capture_output=True, text=True)
    return ran.stdout
