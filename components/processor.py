"""What kind of processor this is: a rate that was measured on one kind says little about another."""

import platform
from pathlib import Path

CPUINFO = Path("/proc/cpuinfo")
WIDEST = ("avx512_vnni", "avx512f", "avx2", "asimd")
"""Instructions that make a model fast, the best first: hosts hide the exact model behind one name."""


def processor(cpuinfo: Path = CPUINFO) -> str:
    """Model and widest vector instructions, as in `AMD EPYC, avx512_vnni`, as far as the machine tells."""
    try:
        pairs = [line.partition(":")[::2] for line in cpuinfo.read_text().splitlines()]
    except OSError:
        pairs = []
    found = {key.strip().lower(): value.strip() for key, value in reversed(pairs)}
    flags = (found.get("flags") or found.get("features") or "").split()
    return ", ".join([found.get("model name") or platform.machine(), *[each for each in WIDEST if each in flags][:1]])
