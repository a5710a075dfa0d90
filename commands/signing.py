"""The key that images of a stack are signed with: on this machine, and in a rehearsal, a pair of the checkout's own.

For a stack in an account it is its owner's: provider/signatures/README.md.
"""

from airgap.check import Check, refused
from airgap.errors import SetupError
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
        code = pulumi(stack, "config", "set-all", "--plaintext", f"{CONFIG}={key}")
        require(code, "`pulumi config set-all`", f"correct {settings.shown(stack)}.")


def check(stack: str) -> Check:
    """Whether a stack in an account can have its images signed, and by whom."""
    what, public = "signing key", settings.written(stack).get(CONFIG)
    if not public:
        fix = f'`pulumi config set signing_key -s {stack} -- "$(openssl pkey -in <private key> -pubout)"`'
        if settings.written(stack).get("tradewind:tier") == "prod":
            return Check(what=what, answer="missing", detail="a stack of the tier prod must have one", fix=fix)
        return Check(what=what, answer="found", detail="none, so that no image is signed or verified")
    try:
        private = keys.held()
        signs = private is not None and keys.same(keys.public_key(private), str(public))
    except keys.InvalidKey as error:
        return refused(what, SetupError(str(error)))
    who = f"signs with {keys.file()}" if signs else f"verifies alone: {keys.file()} has not its private half"
    return Check(what=what, answer="found", detail=who)
