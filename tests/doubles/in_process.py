"""A whole stack against a double with no engine between them: quick, and all that the cloud would judge is judged."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from pulumi.runtime import mocks

from provider.protocol import Resource, Values
from tests.components import recording
from tests.doubles.double import Double
from tests.doubles.faults import CloudError


class AgainstDouble(recording.Engine):
    """Hands the cloud's resources and lookups to a double; what stands inside the cluster is recorded alone."""

    double: Double

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        if not args.typ.startswith(f"{self.double.name}:"):
            return super().new_resource(args)
        self.made.append(recording.Made(args.typ, args.name, args.inputs))
        resource = asked(args.typ, args.name, args.inputs)
        if failures := self.double.check(resource).failures:
            raise AssertionError(f"{args.name}: " + "; ".join(f"{path} {why}" for path, why in failures))
        made = self.double.create(resource)
        return made.id, made.state.plain

    def call(self, args: mocks.MockCallArgs) -> dict[str, Any]:
        if not args.token.startswith(f"{self.double.name}:"):
            return super().call(args)
        try:
            return self.double.invoke(args.token, Values(dict(args.args)))
        except CloudError as refused:
            raise recording.Refused(str(refused)) from None


def asked(token: str, name: str, inputs: dict[str, Any], **more: Any) -> Resource:
    """A resource as the engine hands it over: whole numbers come as such."""
    urn = f"urn:pulumi:dev::tradewind::{token}::{name}"
    return Resource(urn=urn, name=name, type=token, inputs=Values(whole(inputs)), **more)


def whole(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: whole(each) for key, each in value.items()}
    if isinstance(value, list):
        return [whole(each) for each in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


@contextmanager
def recorded_against(double: Double) -> Iterator[None]:
    """Within it, tests.components.stacks deploys into the double."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recording, "Engine", type("Against", (AgainstDouble,), {"double": double}))
        yield
