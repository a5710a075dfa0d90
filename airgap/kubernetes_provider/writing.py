"""Create and update, which are one thing under server-side apply; and both again as a preview."""

import threading
from typing import Any

from airgap.kubernetes_provider.cluster import Cluster, Object
from airgap.kubernetes_provider.connection import Unreachable
from airgap.kubernetes_provider.errors import ApiError, NoKind
from airgap.kubernetes_provider.objects import (
    ANNOTATION,
    annotations,
    applied_at,
    body_of,
    flag,
    foreseen,
    id_of,
    manager_of,
    outputs,
)
from airgap.kubernetes_provider.readiness import readiness
from airgap.kubernetes_provider.settings import Settings
from airgap.kubernetes_provider.waiting import NotReady, Waiter
from provider.protocol import Created, InitFailed, Resource, Values
from provider.protocol.engine_log import EngineLog

KIND_S = 30.0
"""How long a write waits for a kind that nobody serves yet: its definition may be made by something unnamed."""
RETRY_S = 30.0
"""How long it waits for an admission webhook that does not answer, or for a namespace that is going."""


class Writer:
    """One write of one object."""

    def __init__(
        self, resource: Resource, cluster: Cluster, settings: Settings, log: EngineLog, stopping: threading.Event
    ):
        self._resource, self._cluster, self._log = resource, cluster, log
        self._settings, self._stopping = settings, stopping
        self._inputs, self._body = resource.inputs, body_of(resource.inputs)
        self._manager = manager_of(resource)
        self._force = settings.take_over or flag(self._body, "patchForce")

    def create(self) -> Created:
        if self._resource.preview:
            return Created("", self._outputs(foreseen(self._inputs, self._dry_run(creating=True))))
        waiter = self._waiter()
        if leaving := self._refuse_stranger():
            waiter.until_gone(self._cluster, {"metadata": leaving}, self._place)
        live = self._write(waiter)
        return Created(id_of(live), self._outputs(live))

    def update(self) -> Values:
        if self._resource.preview:
            live = self._dry_run(creating=False)
            return self._outputs(live if live is not None else foreseen(self._inputs, None))
        return self._outputs(self._write(self._waiter()))

    def _outputs(self, live: Object) -> Values:
        return outputs(live, self._inputs, self._manager)

    def _dry_run(self, *, creating: bool) -> Object | None:
        """The object as it would be; None where that cannot be told yet. Raises what the real write would."""
        if self._inputs.unknown:
            return None
        try:
            if creating:
                self._refuse_stranger()
            return self._cluster.apply(self._body, self._manager, dry_run=True, force=self._force)
        except NoKind:
            return None  # its definition is made by this same program
        except Unreachable as error:
            self._log.warning(self._resource.urn, f"not checked against the cluster: {error}")
            return None
        except ApiError as error:
            # A replacement is previewed while the old object still stands.
            replaced = creating and error.immutable_fields
            if error.namespace_missing or replaced or _cannot_dry_run(error):
                return None
            raise self._told(error) from None

    @property
    def _place(self) -> tuple[str, str, str | None, str]:
        metadata = self._body["metadata"]
        return self._body["apiVersion"], self._body["kind"], metadata.get("namespace"), metadata["name"]

    def _waiter(self) -> Waiter:
        seconds = self._resource.timeout or _seconds(annotations(self._body).get(f"{ANNOTATION}timeoutSeconds"))
        return Waiter(seconds, self._stopping, lambda text: self._log.status(self._resource.urn, text))

    def _refuse_stranger(self) -> Object | None:
        """A create must not take over an object that something else made: its later delete would remove it.

        One of our own manager is the half of an interrupted create, and is taken up again. The metadata of one that is
        being deleted is given back: the place is free once it is gone.
        """
        live = self._cluster.metadata(*self._place)
        if live is None or live.get("deletionTimestamp"):
            return live
        if self._settings.adopt or self._force or applied_at(live, self._manager):
            return None
        raise ValueError(
            f"{self._body['kind']} {live['name']} is in the cluster already, and not from this resource. "
            "To fix: choose another metadata.name, or take it over with "
            f"ResourceOptions(import_={id_of({'metadata': live})!r})."
        )

    def _write(self, waiter: Waiter) -> Object:
        ready = readiness(self._body)
        live = self._applied(waiter)
        if ready is None:
            return live
        try:
            return waiter.until_ready(self._cluster, live, ready)
        except NotReady as error:
            raise InitFailed(
                f"{live['kind']} {id_of(live)} is there but not ready: {error}",
                id=id_of(live),
                state=self._outputs(error.live),
                inputs=self._inputs,
                reasons=error.reasons,
            ) from None

    def _applied(self, waiter: Waiter) -> Object:
        while True:
            try:
                live = self._cluster.apply(self._body, self._manager, force=self._force)
                if not live["metadata"].get("deletionTimestamp"):
                    return live
                # It was being deleted: what was applied goes with it.
                waiter.until_gone(self._cluster, live, self._place)
            except NoKind as error:
                if waiter.ended() or waiter.elapsed > KIND_S:
                    raise
                waiter.say(f"waiting for kind {self._body['kind']} of {self._body['apiVersion']} ({error})")
            except ApiError as error:
                if not _passing(error) or waiter.ended() or waiter.elapsed > RETRY_S:
                    raise self._told(error) from None
                waiter.say(f"trying again: {error}")
            waiter.pause(min(2.0, 0.25 + waiter.elapsed))

    def _told(self, error: ApiError) -> Exception:
        """The error as a person needs it."""
        if error.conflict:
            return ValueError(
                f"{error}\nAnother field manager owns these fields. To fix: name them in ignore_changes, or set the "
                f'annotation {ANNOTATION}patchForce: "true" to take them over.'
            )
        return error


def _passing(error: ApiError) -> bool:
    """True for an answer that may be another one soon."""
    text = str(error)
    return (
        (error.status == 500 and "failed calling webhook" in text)
        or (error.status == 403 and "being terminated" in text)
        or (error.status == 409 and error.reason == "AlreadyExists" and "being deleted" in text)
    )


def _cannot_dry_run(error: ApiError) -> bool:
    """True where only the dry run is refused: an admission webhook with side effects, or a right that misses."""
    return error.status == 403 or "does not support dry run" in str(error)


def _seconds(text: Any) -> float:
    try:
        return max(0.0, float(text))
    except (TypeError, ValueError):
        return 0.0
