"""The place of a rehearsal: home, state and passphrase of its own, doubles for plugins, and no way to a real account."""

import importlib
import os
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

import yaml

from airgap import builds, engine
from airgap.artifacts import Report
from airgap.errors import SetupError
from airgap.paths import CHECKOUT, STATE
from commands import settings
from commands.engine import PACK, given_backend
from commands.place import PLACE
from commands.signing import CONFIG, public_half
from provider.signatures import keys
from tests.doubles import clusters, registry
from tests.doubles.cloud import Cloud, Thing
from tests.doubles.rows import Row

CLOUDS = ("aws", "gcp")

CREDENTIALS = ("AWS_", "GOOGLE_", "GCLOUD_", "CLOUDSDK_", "GCP_", "ARM_", "KUBE", "PULUMI_", "VAULT_", keys.FILE)
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")

FORGET = f"unset $(env | grep -oE '^({'|'.join(CREDENTIALS)})[^=]*')"
"""For a shell that enters, before it is told of what is here."""

STAND_IN_ANSWER = (
    '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1beta1","status":{"token":"%s"}}'
)
"""https://kubernetes.io/docs/reference/access-authn-authz/authentication/#input-and-output-formats"""

STAND_IN = """\
#!/bin/sh
# Answers for `{words}` alone, with what the clusters of the rehearsal take.
case "$*" in {pattern}) ;; *) echo "{name}: the rehearsal knows \\`{words}\\` alone, got: $*" >&2; exit 2;; esac
printf '{answer}' "$(cat {token})"
"""
STAND_INS = {
    "aws": ("aws eks get-token", '"eks get-token --cluster-name "*" --region "*" --output json"'),
    "gke-gcloud-auth-plugin": (
        "gke-gcloud-auth-plugin --use_application_default_credentials",
        '"--use_application_default_credentials"',
    ),
}


def entrance(place: Path) -> dict[str, str]:
    """The environment of a process that enters `place`: nobody's credentials, nobody's proxies."""
    kept = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(CREDENTIALS) and key.upper() not in (*PROXIES, "SSL_CERT_FILE", "SSL_CERT_DIR")
    }
    return kept | {PLACE: str(place), "TRADEWIND_STATE": str(place)}


def prepare(report: Report) -> None:
    """Engine, doubles and stand-ins, in the place that this process has entered; quick where all is there."""
    builds.prepare(report, ("engine", "kwok"))
    for cloud in CLOUDS:
        engine.install("resource", cloud, engine.version(f"pulumi-{cloud}"), _module("tests.doubles", cloud))
    number = engine.version("pulumi-kubernetes")
    engine.install("resource", "kubernetes", number, _module("tests.doubles.kubernetes"))
    write_stand_ins()
    write_project()


def write_stand_ins() -> None:
    """Of the clouds' command lines, by which clients of a cluster get their token."""
    clusters.token(STATE)
    (STATE / "bin").mkdir(exist_ok=True)
    told = {"answer": STAND_IN_ANSWER, "token": shlex.quote(str(STATE / "token"))}
    for name, (words, pattern) in STAND_INS.items():
        file = STATE / "bin" / name
        file.write_text(STAND_IN.format(name=name, words=words, pattern=pattern, **told))
        file.chmod(0o755)


def open_for(stack: str, report: Report) -> dict[str, str]:
    """All that work on the stack needs, in the place that this process has entered; what its environment gained."""
    require_double(stack)
    prepare(report)
    revive()
    found = environment(report)
    os.environ.update(found)
    return found


def require_double(stack: str) -> None:
    """SetupError where no double plays the stack's cloud."""
    if stack not in (known := stacks()):
        raise SetupError(f"STACK: no double plays {stack!r}. To fix: name one of {', '.join(known)}.")


def revive() -> None:
    """Runs again what ran behind the clouds' resources when an earlier rehearsal ended."""
    for cloud, thing, row in served():
        clusters.Clusters(STATE, cloud).start(thing, row)


def served() -> Iterator[tuple[str, Thing, Row]]:
    """Resources of any stack behind which something runs: the cloud, the resource, its row."""
    for cloud in CLOUDS:
        store = Cloud(STATE / f"{cloud}.sqlite")
        for token, row in double_of(cloud).ROWS.items():
            for thing in store.things(token) if row.serves else ():
                yield cloud, thing, row


def environment(report: Report) -> dict[str, str]:
    """What a shell needs for `pulumi`; the registries' daemon runs from then on."""
    found = registry.ensure(STATE, report)
    ours = engine.environment()
    return ours | {
        "PATH": os.pathsep.join([str(STATE / "bin"), ours["PATH"]]),
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PULUMI_OPTION_CWD": str(STATE / "project"),
        **PACK,
        **found.environment,
        **given_backend(),
    }


def write_project() -> None:
    """The project apart from the checkout, by which Pulumi finds the program: beside it, it writes a stack's salt."""
    folder = STATE / "project"
    (folder / "stacks").mkdir(parents=True, exist_ok=True)
    project = yaml.safe_load((CHECKOUT / "Pulumi.yaml").read_text())
    (folder / "Pulumi.yaml").write_text(yaml.safe_dump({**project, "main": "program"}))
    for name, target in {"program": CHECKOUT / project["main"], ".venv": CHECKOUT / ".venv"}.items():
        if not (folder / name).is_symlink():
            (folder / name).symlink_to(target)
    for stack in stacks():
        _write_settings(stack, folder / "stacks" / f"Pulumi.{stack}.yaml")


def _write_settings(stack: str, copy: Path) -> None:
    """The stack's own file, with an account that nobody has and a key of here; what a person or Pulumi added to the copy stays."""
    config = settings.written(stack) | double_of(settings.kind(stack)).SETTINGS | {CONFIG: public_half()}
    before = yaml.safe_load(copy.read_text()) if copy.exists() else {}
    copy.write_text(yaml.safe_dump({**before, "config": before.get("config", {}) | config}))


def stacks() -> list[str]:
    """Those of stacks/ that a double plays, by name."""
    names = sorted(path.name.split(".")[1] for path in (CHECKOUT / "stacks").glob("Pulumi.*-*.yaml"))
    return [name for name in names if settings.kind(name) in CLOUDS]


def double_of(cloud: str):
    """The package tests.doubles.<cloud>."""
    return importlib.import_module(f"tests.doubles.{cloud}")


def close() -> None:
    """Ends whatever runs in the place; what the clouds hold stays, and `revive` runs it again."""
    clusters.end_all(STATE)
    registry.stop(STATE)


def _module(*words: str) -> list[str]:
    return ["env", f"PYTHONPATH={CHECKOUT}", sys.executable, "-P", "-m", *words]
