"""How often and how long each proof runs: the short form in `make test`, the full one in `make soak`."""

import os

FULL = os.environ.get("TRADEWIND_PROOFS") == "soak"

_COUNTS = {  #              short  full
    "load_runs": (1, 5),
    "controls": (1, 99),  # 99: each of them
    "kills_of_up": (2, 20),
    "starts": (3, 5),
    "killed_node_processes": (2, 99),  # 99: each of them
    "settle_s": (30, 300),  # after which memory is counted
}


def count(name: str) -> int:
    return _COUNTS[name][FULL]


# Limits, alike in both forms.
UP_AGAIN_S = 60
COLD_UP_S = 40 * 60
ROLLOUT_S = 60
MEMORY_MIB = 2048
START_IDLE_S = 5
START_SURGE_S = 10
FROM_ZERO_S = 10
