"""The key that images of a stack on this machine, or of a rehearsal, are signed with: a pair of the checkout's own.

For a stack in an account it is its owner's: provider/signatures/README.md.
"""

from airgap.secret_files import write_once
from commands import settings
from commands.engine import pulumi, require
from provider.signatures import keys
from provider.x509 import new_key

CONFIG = "tradewind:signing_key"


def public_half() -> str:
    """Of the pair, which is made where there is none."""
    if (private := keys.held()) is None:
        write_once(keys.file(), new_key())
        private = keys.held()
    return keys.public_key(private or "")


def follow_key(stack: str) -> None:
    """Write the public half into the stack's settings: a key of another state has signed nothing that is here."""
    key = public_half()
    if (settings.written(stack).get(CONFIG) or "").strip() != key.strip():
        code = pulumi(stack, "config", "set", CONFIG, "--plaintext", "--", key)
        require(code, "`pulumi config set signing_key`", f"correct {settings.shown(stack)}.")
