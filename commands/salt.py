"""The one line that Pulumi itself writes into stacks/Pulumi.<stack>.yaml: the salt of the stack's passphrase.

It belongs to the state, not to the settings: a removed state, or a second one (TRADEWIND_STATE), leaves a salt that
Pulumi answers with "incorrect passphrase". So the file follows the state.
"""

import re
from pathlib import Path

from airgap.errors import SetupError
from airgap.paths import CHECKOUT
from commands.state import StackState

_LINE = re.compile(r"^encryptionsalt:.*\n?", re.MULTILINE)


def settings_file(stack: str) -> Path:
    return CHECKOUT / "stacks" / f"Pulumi.{stack}.yaml"


def follow_state(stack: StackState, file: Path) -> bool:
    """Put the state's salt into the file, or none where there is no state yet; whether that changed it.

    SetupError where the file holds secrets, which only its own salt opens.
    """
    text = file.read_text() if file.exists() else ""
    written = (found := _LINE.search(text)) and found[0].split()[1]
    salt = stack.salt()
    if written == salt:
        return False
    if written and "secure:" in text:
        raise SetupError(
            f"{file}: encryptionsalt: the secrets of this file belong to another state than {stack.backend}. "
            "To fix: put that state and its passphrase back, or remove the secrets and set them again."
        )
    # The local stack's file is a link into .tradewind/, which may be missing where the state lies elsewhere.
    file.resolve().parent.mkdir(parents=True, exist_ok=True)
    file.write_text((f"encryptionsalt: {salt}\n" if salt else "") + _LINE.sub("", text))
    return True
