"""`python -m tests.doubles aws <engine's address>`: a double as the plugin that the engine starts."""

import importlib
import sys

from provider.protocol import serve
from tests.doubles.cloud import Cloud
from tests.doubles.clusters import Clusters
from tests.doubles.rehearsal import place


def main() -> None:
    cloud, *arguments = sys.argv[1:]
    folder = place(cloud)
    double = importlib.import_module(f"tests.doubles.{cloud}").double
    serve(double(Cloud(folder / f"{cloud}.sqlite"), Clusters(folder, cloud)), arguments)


if __name__ == "__main__":
    main()
