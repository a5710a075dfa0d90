"""The sleeper: POST /sleep answers after so many seconds. A test's service, for requests that outlive what is done to it."""

import asyncio
from pathlib import Path

import bentoml
import yaml
from middleware import PodName, WorkLog

CARD = yaml.safe_load(Path(__file__).with_name("card.yaml").read_text())


@bentoml.service(
    name=CARD["name"],
    traffic={"timeout": CARD["slo"]["timeout_s"], "max_concurrency": 32},
    logging={"access": {"enabled": False}},
)
class Sleeper:
    """Nothing but time."""

    @bentoml.api
    async def sleep(self, seconds: float = CARD["sample"]["seconds"]) -> float:
        """The seconds that it slept."""
        await asyncio.sleep(seconds)
        return seconds


Sleeper.add_asgi_middleware(PodName)
Sleeper.add_asgi_middleware(WorkLog)
