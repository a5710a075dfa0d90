"""The gRPC service over a Plugin: messages in, plain values through, messages out."""

import functools
import json
import os
import sys
import traceback
from collections.abc import Callable
from typing import Any

import grpc
from google.protobuf.empty_pb2 import Empty
from google.protobuf.struct_pb2 import Struct

from provider.protocol.messages import plugin_pb2, provider_pb2, provider_pb2_grpc, status_pb2
from provider.protocol.plugin import Checked, Diff, InitFailed, Plugin, Resource, Unsupported
from provider.protocol.values import Values, decode, encode, show

_KINDS = provider_pb2.PropertyDiff
_CHANGES = {
    "add": (_KINDS.ADD, _KINDS.ADD_REPLACE),
    "delete": (_KINDS.DELETE, _KINDS.DELETE_REPLACE),
    "update": (_KINDS.UPDATE, _KINDS.UPDATE_REPLACE),
}


class _Status(grpc.Status):
    """What `abort_with_status` takes: trailing metadata carries the details that the engine unpacks."""

    def __init__(self, status: Any):
        self.code = grpc.StatusCode.UNKNOWN
        self.details = status.message
        self.trailing_metadata = (("grpc-status-details-bin", status.SerializeToString()),)


def _answering(method: Callable[..., Any]) -> Callable[..., Any]:
    """Turns an exception into the error that the engine expects, scrubbed of secrets."""

    @functools.wraps(method)
    def answer(self: "Servicer", request: Any, context: grpc.ServicerContext) -> Any:
        try:
            return method(self, request, context)
        except InitFailed as failed:
            context.abort_with_status(_Status(self.init_failure(failed)))
        except Exception as error:
            if os.environ.get("TRADEWIND_PLUGIN_TRACE"):
                traceback.print_exc(file=sys.stderr)
            code = grpc.StatusCode.UNIMPLEMENTED if isinstance(error, Unsupported) else grpc.StatusCode.UNKNOWN
            text = str(error) or type(error).__name__
            if isinstance(error, KeyError | TypeError | AttributeError | IndexError | AssertionError):
                text = f"{type(error).__name__}: {text} (a mistake of the {self.plugin.name} provider)"
            context.abort(code, self.plugin.secrecy.scrub(text))

    return answer


class Servicer(provider_pb2_grpc.ResourceProviderServicer):
    """Serves one plugin. Accepts secrets; asks for neither resource references nor output values."""

    def __init__(self, plugin: Plugin):
        self.plugin = plugin

    def _read(self, struct: Struct) -> Values:
        return self.plugin.secrecy.learn(decode(struct))

    def _write(self, values: Values) -> Struct:
        return encode(values, values.secret_texts())

    def init_failure(self, failed: InitFailed) -> Any:
        scrub = self.plugin.secrecy.scrub
        detail = provider_pb2.ErrorResourceInitFailed(
            id=failed.id,
            properties=self._write(failed.state),
            inputs=self._write(failed.inputs),
            reasons=[scrub(reason) for reason in failed.reasons],
        )
        status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=scrub(str(failed)))
        status.details.add().Pack(detail)
        return status

    def Handshake(self, request: Any, context: Any) -> Any:
        self.plugin.log.connect(request.engine_address)
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=True)

    def Attach(self, request: Any, context: Any) -> Any:
        self.plugin.log.connect(request.address)
        return Empty()

    def GetPluginInfo(self, request: Any, context: Any) -> Any:
        return plugin_pb2.PluginInfo(version=self.plugin.version)

    def GetSchema(self, request: Any, context: Any) -> Any:
        """Name and version: the Python SDK is generated already and reads no schema."""
        schema = {"name": self.plugin.name, "version": self.plugin.version}
        return provider_pb2.GetSchemaResponse(schema=json.dumps(schema))

    def Cancel(self, request: Any, context: Any) -> Any:
        self.plugin.stopping.set()
        return Empty()

    @_answering
    def CheckConfig(self, request: Any, context: Any) -> Any:
        return self._checked(self.plugin.check_config(self._read(request.news)))

    @_answering
    def DiffConfig(self, request: Any, context: Any) -> Any:
        old = request.old_inputs if request.old_inputs.fields else request.olds
        return _diffed(self.plugin.diff_config(self._read(old), self._read(request.news)))

    @_answering
    def Configure(self, request: Any, context: Any) -> Any:
        self.plugin.configure(self._read(request.args))
        return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

    @_answering
    def Check(self, request: Any, context: Any) -> Any:
        resource = self._resource(request, inputs=request.news, old_inputs=request.olds, seed=request.randomSeed)
        return self._checked(self.plugin.check(resource))

    @_answering
    def Diff(self, request: Any, context: Any) -> Any:
        resource = self._resource(
            request, inputs=request.news, old_inputs=request.old_inputs, state=request.olds, id=request.id
        )
        return _diffed(self.plugin.diff(resource))

    @_answering
    def Create(self, request: Any, context: Any) -> Any:
        made = self.plugin.create(
            self._resource(request, inputs=request.properties, preview=request.preview, timeout=request.timeout)
        )
        return provider_pb2.CreateResponse(id=made.id, properties=self._write(made.state))

    @_answering
    def Read(self, request: Any, context: Any) -> Any:
        found = self.plugin.read(
            self._resource(request, inputs=request.inputs, state=request.properties, id=request.id)
        )
        if found is None:
            return provider_pb2.ReadResponse(id="")
        return provider_pb2.ReadResponse(
            id=found.id, properties=self._write(found.state), inputs=self._write(found.inputs)
        )

    @_answering
    def Update(self, request: Any, context: Any) -> Any:
        resource = self._resource(
            request,
            inputs=request.news,
            old_inputs=request.old_inputs,
            state=request.olds,
            id=request.id,
            preview=request.preview,
            timeout=request.timeout,
        )
        return provider_pb2.UpdateResponse(properties=self._write(self.plugin.update(resource)))

    @_answering
    def Delete(self, request: Any, context: Any) -> Any:
        self.plugin.delete(
            self._resource(
                request,
                inputs=request.old_inputs,
                state=request.properties,
                id=request.id,
                timeout=request.timeout,
            )
        )
        return Empty()

    @_answering
    def Invoke(self, request: Any, context: Any) -> Any:
        arguments = self._read(request.args)
        if arguments.unknown:
            return provider_pb2.InvokeResponse()
        answer = self.plugin.invoke(request.tok, arguments)
        return getattr(provider_pb2, "InvokeResponse")(**{"return": encode(Values(answer), arguments.secret_texts())})  # noqa: B009

    @_answering
    def Construct(self, request: Any, context: Any) -> Any:
        return self.plugin.construct(request)

    def _resource(self, request: Any, **given: Any) -> Resource:
        values: dict[str, Any] = {
            key: self._read(value) if isinstance(value, Struct) else value for key, value in given.items()
        }
        of_type, name = request.urn.split("::", 3)[2:]
        of_type = request.type or of_type.rpartition("$")[2]
        return Resource(urn=request.urn, name=request.name or name, type=of_type, **values)

    def _checked(self, checked: Checked) -> Any:
        scrub = self.plugin.secrecy.scrub
        failures = [provider_pb2.CheckFailure(property=name, reason=scrub(why)) for name, why in checked.failures]
        return provider_pb2.CheckResponse(inputs=self._write(checked.inputs), failures=failures)


def _diffed(diff: Diff) -> Any:
    answer = provider_pb2.DiffResponse
    detailed = {
        show(path): provider_pb2.PropertyDiff(kind=_CHANGES[change][path in diff.replaces], inputDiff=True)
        for path, change in diff.changes.items()
    }
    return answer(
        changes=answer.DIFF_SOME if diff.changes else answer.DIFF_NONE,
        diffs=sorted({str(path[0]) for path in diff.changes}),
        replaces=sorted(show(path) for path in diff.replaces),
        deleteBeforeReplace=diff.delete_before_replace,
        detailedDiff=detailed,
        hasDetailedDiff=bool(detailed),
    )
