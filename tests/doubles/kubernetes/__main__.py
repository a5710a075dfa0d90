"""`python -m tests.doubles.kubernetes <engine's address>`: the plugin pulumi-resource-kubernetes of a rehearsal."""

import sys

from provider.protocol import serve
from tests.doubles.kubernetes.provider import Rehearsed
from tests.doubles.rehearsal import place

if __name__ == "__main__":
    place("Kubernetes")
    serve(Rehearsed(), sys.argv[1:])
