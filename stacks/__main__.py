"""The program of every stack: open its platform, read the cards, deploy each service; or one layer of it."""

from pathlib import Path

import pulumi

from airgap.errors import SetupError
from components.capacity import load_measurements
from components.card import load_cards
from components.platforms import open_platform
from components.platforms.settings import stack_settings
from components.service import ModelService, ModelServiceArgs
from components.validation import InvalidInput

BENTOS = Path(__file__).resolve().parents[1] / "bentos"


def deploy() -> None:
    settings = stack_settings()
    args = [
        ModelServiceArgs(card=card, measurements=load_measurements(BENTOS / card.name, card))
        for card in load_cards(BENTOS, settings.services)
    ]
    secrets = any(each.card.secrets for each in args)
    platform = open_platform(settings, [each.card.name for each in args], secrets)
    served = [] if settings.layer == "platform" else args
    at_zero = any(each.card.scale.min == 0 for each in served)
    holds = platform.image("waiting-room", "platform:waiting-room") if at_zero else None
    services = {each.card.name: ModelService(each.card.name, each, platform, holds) for each in served}
    pulumi.export("services", {name: service.summary for name, service in services.items()})
    pulumi.export("platform", platform.outputs)
    if settings.layer == "platform":
        pulumi.export("handover", platform.handover)


try:
    deploy()
except (InvalidInput, SetupError) as error:
    # A person's mistake: its text says all, a traceback would bury it.
    raise pulumi.RunError(str(error)) from None
