"""The rehearsal's plugin for Kubernetes: ours in everything, and besides the releases of charts, which ours refuses."""

RELEASE = "kubernetes:helm.sh/v3:Release"

ROWS = (RELEASE,)
"""Types whose properties tests/doubles/schema.py reads from the SDK."""
