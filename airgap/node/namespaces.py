"""The node's own network and mount namespaces: what it opens and mounts is invisible to the host.

The mount namespace is there because several paths are compiled into the kubelet, containerd 1.6 and libcni: with each
node's own folders bound over them, nodes share nothing, and its mounts vanish with it. Both handles are files, so the
namespaces outlive any process in them.
"""

import contextlib
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from airgap.errors import SetupError
from airgap.node import cgroups
from airgap.node.layout import RUN, Layout, NodeSpec

HOST_TUNABLES = {
    "/proc/sys/kernel/panic": "10",
    "/proc/sys/kernel/panic_on_oops": "1",
    "/proc/sys/kernel/keys/root_maxkeys": "1000000",
    "/proc/sys/kernel/keys/root_maxbytes": "25000000",
    "/proc/sys/vm/overcommit_memory": "1",
    "/proc/sys/vm/panic_on_oom": "0",
}
"""Host-wide settings that a kubelet overwrites unless it reads the value it wants: it is shown files that hold it."""

_CREATE = """
set -e
mount --bind "$run" "$run"
mount --make-private "$run"  # a namespace's handle cannot lie on a shared mount
mkdir -p "${net%/*}"
: > "$net"; : > "$run/mnt"
exec unshare --net="$net" --mount="$run/mnt" --propagation private -- sh -ec "$inside"
"""


def fixed_folders(layout: Layout) -> dict[Path, Path]:
    """Paths compiled into the programs, and the node's own folder that is bound over each."""
    return {
        Path("/run/containerd"): layout.run / "containerd",  # sockets of the shims
        Path("/var/lib/cni"): layout.data / "cni",  # libcni's cache
        Path("/var/lib/kubelet"): layout.data / "kubelet",  # device plugins; and its sockets' paths stay short
        Path("/var/log/containers"): layout.logs / "containers",
    }


def ensure(layout: Layout) -> None:
    """Make both namespaces where one is missing or half-made; whatever ran in a broken pair is ended."""
    if _is_whole(layout):
        return
    cgroups.kill(layout.cgroup)
    remove(layout.spec)
    script = []
    for target, source in fixed_folders(layout).items():
        source.mkdir(parents=True, exist_ok=True, mode=0o700)
        _make_mount_point(target)
        script.append(f'mount --bind "{source}" {target}')
    for number, (target, value) in enumerate(HOST_TUNABLES.items()):
        shown = layout.run / f"tunable{number}"
        shown.write_text(f"{value}\n")
        script.append(f"[ ! -e {target} ] || mount --bind {shown} {target}")
    script.append("echo 1 > /proc/sys/net/ipv4/ip_forward")  # of the new namespace: pods are routed
    made = subprocess.run(
        ["sh", "-c", _CREATE],
        env={
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "run": str(layout.run),
            "net": str(layout.network_namespace),
            "inside": "\n".join(script),
        },
        capture_output=True,
        text=True,
    )
    if made.returncode:
        remove(layout.spec)
        raise SetupError(
            f"{layout.run}: namespaces cannot be made: {made.stderr.strip()}. To fix: run as root with CAP_SYS_ADMIN "
            "(in a container: --privileged)."
        )
    _ready(layout.spec).touch()


def remove(spec: NodeSpec) -> None:
    """Drop both handles. The namespaces end with the last process in them, and all their mounts with them."""
    _ready(spec).unlink(missing_ok=True)
    for path in (spec.mount_namespace, spec.network_namespace, spec.run):
        while path in mount_points():
            subprocess.run(["umount", "--lazy", str(path)], check=True, capture_output=True)
    spec.mount_namespace.unlink(missing_ok=True)
    spec.network_namespace.unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        spec.network_namespace.parent.rmdir()  # refused while somebody has a namespace there


def remove_mount_points() -> None:
    """For the last node of the machine. Not earlier: removing a mount point unmounts it in every namespace."""
    made = _made()
    if made.exists():
        for path in map(Path, reversed(made.read_text().splitlines())):
            with contextlib.suppress(OSError):
                path.rmdir()
        made.unlink()


def enter(layout: Layout) -> list[str]:
    """The command prefix that runs a program inside."""
    return ["nsenter", f"--net={layout.network_namespace}", f"--mount={layout.mount_namespace}", "--"]


def mount_points(prefix: Sequence[str] = ()) -> set[Path]:
    """As this process sees them, or a command with that prefix."""
    shown = subprocess.run([*prefix, "cat", "/proc/self/mountinfo"], capture_output=True, text=True)
    lines = shown.stdout.splitlines()
    return {Path(line.split()[4].encode().decode("unicode_escape")) for line in lines}


def require_tools() -> None:
    """SetupError where one of util-linux' programs is missing."""
    for tool in ("mount", "umount", "nsenter", "unshare", "setsid"):
        if not shutil.which(tool, path="/usr/sbin:/usr/bin:/sbin:/bin"):
            raise SetupError(f"PATH: `{tool}` is missing. To fix: apt-get install util-linux mount.")


def _is_whole(layout: Layout) -> bool:
    handles = {layout.network_namespace, layout.mount_namespace}
    if not _ready(layout.spec).exists() or not handles <= mount_points():
        return False
    # Somebody may have removed a mount point on the host, which unmounts it in here.
    return fixed_folders(layout).keys() <= mount_points(enter(layout))


def _ready(spec: NodeSpec) -> Path:
    """Made last, so that a kill in between is seen."""
    return spec.run / "namespaces"


def _made() -> Path:
    """Lists the mount points that this machine lacked; the last node removes them."""
    return RUN / "folders"


def _make_mount_point(path: Path) -> None:
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    for folder in reversed(missing):
        with _made().open("a") as made:
            made.write(f"{folder}\n")
        folder.mkdir(exist_ok=True)
