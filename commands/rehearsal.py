"""`python -m commands.rehearsal STACK`: one stack's life against the doubles, each step's words in a file."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from airgap.errors import SetupError
from airgap.paths import CHECKOUT, STATE
from commands import children, settings, topology
from commands.engine import QUIET
from commands.recover import needed, recover
from commands.stages import report
from commands.state import StackState
from policies.waivers import KEY as WAIVERS
from tests.doubles import sandbox
from tests.doubles.cloud import Cloud

TAIL = 25
"""Lines of a failed step's words that are shown; all are in its file."""

UP = ("up", "--yes", "--skip-preview", *QUIET)
PROTECT = "tradewind:protect"
FINDING = re.compile(r"\[mandatory\].*?  (\S+)  \(\S+: (\S+)\)")
"""Rule and resource, as the engine shows what the policy pack refuses."""
WAIVED = re.compile(r"\[advisory\].*?  (\S+)  \(\S+: ([^\s)]+)\)\n?.* Now (waived until .+)\.$", re.MULTILINE)
"""Rule, resource, and until when, by whom and why it is not refused."""


class StepFailed(Exception):
    """A step did not end as it must; the text says how, with the last of its words."""


@dataclass(frozen=True)
class Ran:
    """A command of the engine's that has ended."""

    command: str
    code: int
    words: str

    def require_done(self) -> None:
        if self.code:
            last = "\n    ".join(self.words.splitlines()[-TAIL:])
            raise StepFailed(f"`pulumi {self.command}` ended with status {self.code}:\n    {last}")


class Rehearsal:
    """Up, up with no change, drift, refresh, destroy, up anew, destroy: for prod, destroy is refused first."""

    def __init__(self, stack: str):
        self.stack = stack
        self.times: dict[str, float] = {}
        self.lines: list[str] = []
        self.folder = STATE / "logs" / stack
        self.folder.mkdir(parents=True, exist_ok=True)
        self._state = StackState(name=stack)
        kind = settings.kind(stack)
        self._cloud, self._double = Cloud(STATE / f"{kind}.sqlite"), sandbox.double_of(kind)

    def play(self) -> None:
        """Every step in turn, whatever an earlier run left."""
        if needed(self._state):
            self._step("recover", lambda: recover(self._state))
        if not self._state.checkpoint.exists():
            self._pulumi("stack", "init")
        self._pulumi("config", "rm", PROTECT)  # an interrupted rehearsal may have left it lifted
        if WAIVERS not in settings.written(self.stack):  # whose own were written anew
            self._pulumi("config", "rm", WAIVERS)
        if self._state.resources():
            self._step("destroy what was left", self._destroy)
        self._step("up", lambda: self._tell_waivers(self._up()))
        self._draw()
        self._step("up again, no change", lambda: self._up("--expect-no-changes"))
        self._step("drift found", self._find_drift)
        self._step("refresh", lambda: self._pulumi("refresh", "--yes", "--skip-preview", *QUIET))
        self._step("destroy", self._destroy)
        self._step("up anew", self._up)
        self._step("destroy anew", self._destroy)
        self.lines += [f"  the cloud keeps {thing.id}: {thing.kept}" for thing in self._cloud.things(kept=True)]

    def summary(self) -> str:
        steps = [f"  {name:<28}{seconds:6.1f} s" for name, seconds in self.times.items()]
        return "\n".join([self.stack, *steps, *self.lines])

    def _up(self, *more: str) -> str:
        return self._pulumi(*UP, *more)

    def _tell_waivers(self, words: str) -> None:
        """Of an update that was not refused."""
        waived = WAIVED.findall(words)
        self.lines.append(f"  policies: 0 findings, {len(waived)} waived")
        self.lines += [f"    {rule} of {resource}: {said}" for rule, resource, said in waived]

    def _destroy(self) -> None:
        if any(resource.get("protect") for resource in self._state.resources()):
            self._refused("protect", "destroy", "--yes", "--skip-preview", *QUIET)
            self.lines.append("  destroy was refused until `protect: false` was written")
            self._pulumi("config", "set", PROTECT, "false")
            self._unprotect()
        before = {resource.get("id"): resource for resource in self._state.resources()}
        self._pulumi("destroy", "--yes", "--skip-preview", *QUIET)
        self._require_gone(before)

    def _unprotect(self) -> None:
        """What a person does who ends a stack of production: waives each finding until tomorrow, brings it up."""
        until = datetime.now(UTC).date() + timedelta(days=1)
        end = {"reason": "the stack is about to be destroyed", "owner": "the rehearsal", "expires": until}
        own = index = len(settings.written(self.stack).get(WAIVERS, []))
        ran = self._run("preview")
        # What refuses a resource has not looked at the stack as a whole yet.
        while found := sorted(set(FINDING.findall(ran.words))):
            waivers = [{"rule": rule, "resource": resource, **end} for rule, resource in found]
            pairs = ((n, key, value) for n, each in enumerate(waivers, index) for key, value in each.items())
            words = (word for n, key, value in pairs for word in ("--plaintext", f"{WAIVERS}[{n}].{key}={value}"))
            self._pulumi("config", "set-all", "--path", *words)
            index += len(found)
            ran = self._run(*UP)
        if index == own:
            raise StepFailed("the policy pack must refuse `protect: false` in production, and had nothing against it")
        ran.require_done()
        self.lines.append(f"  the policy pack refused that until {index - own} findings were waived")

    def _require_gone(self, before: Mapping[str | None, topology.Resource]) -> None:
        """Nothing of `before` is in the state or in the cloud, but for what is left on purpose."""
        if left := [resource["urn"] for resource in self._state.resources()]:
            raise StepFailed(f"destroy left {len(left)} resources in the state, {left[0]} among them")
        there = [thing for thing in self._cloud.things() if thing.id in before]
        kept = [thing for thing in there if before[thing.id].get("retainOnDelete")]
        by_row = [thing for thing in there if self._double.ROWS[thing.token].leaves(thing.inputs)]
        if orphans := [thing.id for thing in there if thing not in kept and thing not in by_row]:
            raise StepFailed(f"destroy left in the cloud: {', '.join(orphans)}")
        for thing in kept:
            if (line := f"  left for the next up, which adopts it: {thing.id}") not in self.lines:
                self.lines.append(line)

    def _find_drift(self) -> None:
        """A property changes behind the engine's back; what a refresh says must name resource and property."""
        token, key, value = self._double.DRIFT
        mine = {resource.get("id") for resource in self._state.resources() if resource["type"] == token}
        thing = next(thing for thing in self._cloud.things(token) if thing.id in mine)
        self._cloud.put(replace(thing, inputs={**thing.inputs, key: value}))
        words = self._refused(key, "refresh", "--preview-only", "--diff", "--expect-no-changes")
        if token not in words:
            raise StepFailed(f"the refresh names no {token}, whose {key} was changed")
        self.lines.append(f"  drift: {key} of {token.rpartition(':')[2]} {thing.id}, as `pulumi refresh` named it")

    def _draw(self) -> None:
        resources = self._state.resources()
        counts = topology.rooms(resources)
        self.lines.append(f"  {len(resources)} resources: " + ", ".join(f"{room} {n}" for room, n in counts.items()))
        file = STATE / f"{self.stack}.svg"
        file.write_text(topology.draw(f"{self.stack}: {len(resources)} resources", resources))
        self.lines.append(f"  topology: {file}")

    def _step(self, name: str, work: Callable[[], object]) -> None:
        report(f"{self.stack}: {name}")
        begin = time.monotonic()
        work()
        self.times[name] = time.monotonic() - begin
        report(f"{self.stack}: {name}: {self.times[name]:.1f} s")

    def _pulumi(self, *arguments: str) -> str:
        ran = self._run(*arguments)
        ran.require_done()
        return ran.words

    def _refused(self, says: str, *arguments: str) -> str:
        ran = self._run(*arguments)
        if not ran.code or says not in ran.words:
            raise StepFailed(
                f"`pulumi {ran.command}` must be refused with a word of {says!r}; it ended with {ran.code}"
            )
        return ran.words

    def _run(self, *arguments: str) -> Ran:
        number = len(list(self.folder.glob("*.log"))) + 1
        file = self.folder / f"{number:02}-{re.sub(r'[^a-z]+', '-', ' '.join(arguments[:2]))}.log"
        with file.open("w") as log:
            ran = subprocess.run(
                # Named in each call: what is selected is one for all stacks, and two of them are rehearsed at once.
                ["pulumi", *arguments, "--stack", self.stack, "--non-interactive"],
                env={**os.environ, "NO_COLOR": "1"},
                cwd=CHECKOUT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=children.die_with_parent(os.getpid()),
            )
        return Ran(arguments[0], ran.returncode, file.read_text())


def main() -> None:
    [stack] = sys.argv[1:]
    os.environ.update(sandbox.environment(report))
    rehearsal = Rehearsal(stack)
    for old in rehearsal.folder.glob("*.log"):
        old.unlink()
    try:
        rehearsal.play()
    except (StepFailed, SetupError) as error:
        rehearsal.lines.append(f"  FAILED: {error}")
        report(f"{stack}: {error}")
        sys.exit(1)
    finally:
        (rehearsal.folder / "summary.txt").write_text(rehearsal.summary())


if __name__ == "__main__":
    main()
