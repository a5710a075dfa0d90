"""Our double and moto, asked for the same resources."""

from collections.abc import Callable, Mapping
from typing import Any

import jmespath
from botocore import xform_name
from botocore.exceptions import ClientError, ParamValidationError

from tests.doubles.aws.domains import ZONES
from tests.doubles.beside_moto.calls import CALLS, PROVIDERS_OWN
from tests.doubles.beside_moto.contract import Refused
from tests.doubles.beside_moto.requests import Call, request
from tests.doubles.double import Double
from tests.doubles.faults import CloudError
from tests.doubles.in_process import asked


class Ours:
    """The plugin, asked as the engine asks it."""

    def __init__(self, double: Double):
        self._double = double

    def make(self, token: str, inputs: dict[str, Any]) -> Mapping[str, Any]:
        resource = asked(token, "it", inputs)
        if failures := self._double.check(resource).failures:
            raise Refused("; ".join(f"{path} {why}" for path, why in failures))
        try:
            made = self._double.create(resource)
        except CloudError as refused:
            raise Refused(str(refused)) from None
        return {**made.state.plain, "id": made.id}


class Moto:
    """Asked as the provider asks AWS; only within `mock_aws`."""

    def __init__(self, client: Callable[[str], Any]):
        """`client` gives boto3's of a service."""
        self._client = client
        self._zones: dict[str, str] = {}

    def make(self, token: str, inputs: dict[str, Any]) -> Mapping[str, Any]:
        values, taken = self._with_zone(inputs), set(PROVIDERS_OWN)
        for call in CALLS[token]:
            if not call.sets or call.sets in inputs:
                given, carried = self.send(call, values)
                values |= given
                taken |= carried
        if lost := inputs.keys() - taken:
            raise LookupError(f"{token}: no call takes {', '.join(lost)}. To fix: name its member in calls.py.")
        return values

    def _with_zone(self, inputs: dict[str, Any]) -> dict[str, Any]:
        """A zone that our double has before any stack is made here where it is asked for, and has another id."""
        names = {id: name for name, id in ZONES.items()}
        if (id := inputs.get("zoneId")) in names and id not in self._zones:
            made = self._client("route53").create_hosted_zone(Name=names[id], CallerReference=id)
            self._zones[id] = made["HostedZone"]["Id"].rpartition("/")[2]
        return {**inputs, "zoneId": self._zones.get(id, id)} if id else dict(inputs)

    def send(self, call: Call, values: Mapping[str, Any]) -> tuple[dict[str, Any], set[str]]:
        """What the call gives, and which of the values it carried."""
        service, _, operation = call.operation.partition(":")
        client = self._client(service)
        shape = client.meta.service_model.operation_model(operation).input_shape
        parameters, carried = request(call, shape, values)
        try:
            answer = getattr(client, xform_name(operation))(**parameters)
        except (ClientError, ParamValidationError) as refused:
            raise Refused(str(refused)) from None
        if failed := answer.get("Unsuccessful"):  # flow logs refuse this way
            raise Refused(str(failed))
        return {output: jmespath.search(path, answer) for output, path in call.gives.items()}, carried
