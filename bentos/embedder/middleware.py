"""ASGI middleware: which pod answered, what it worked on, and what a request may be."""

import json
import os
import time
from http import HTTPStatus

from bentoml.exceptions import BentoMLException
from starlette.datastructures import Headers
from starlette.responses import JSONResponse

MAX_BODY = int(os.environ.get("MAX_BODY_BYTES", 4 << 20))
"""What a stack says, or enough: the largest valid request (32 texts of 8192 characters, each escaped to 12 bytes) takes
3.2 MB."""


JSON = "application/json"


class PodName:
    """Adds `x-pod: <hostname>`, so that a load test can tell replicas apart."""

    def __init__(self, app) -> None:
        self.app = app
        self.header = (b"x-pod", os.environ.get("HOSTNAME", os.uname().nodename).encode())

    async def __call__(self, scope, receive, send) -> None:
        async def named(message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), self.header]
            await send(message)

        await self.app(scope, receive, named)


class WorkLog:
    """Writes to stdout which requests this replica began and ended, a JSON line each; never what is in them.

    Of requests whose caller gave them an id: a load test, or who wants to know later where a request has been.
    """

    HEADER = b"x-correlation-id"
    LONGEST = 128
    """Of an id; the rest is cut off."""

    def __init__(self, app) -> None:
        self.app = app

    async def __call__(self, scope, receive, send) -> None:
        found = dict(scope.get("headers", ())).get(self.HEADER) if scope["type"] == "http" else None
        if found is None:
            await self.app(scope, receive, send)
            return
        request, begin, status = found[: self.LONGEST].decode("latin-1"), time.perf_counter(), 0

        async def seen(message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        self._write(request=request, event="began")
        try:
            await self.app(scope, receive, seen)
        finally:
            took_ms = round((time.perf_counter() - begin) * 1000, 1)
            self._write(request=request, event="ended", status=status, ms=took_ms)

    def _write(self, **line) -> None:
        os.write(1, f"{json.dumps(line)}\n".encode())  # one call: lines of several requests never mix


class JsonBody:
    """Refuses what is not JSON, or larger than MAX_BODY, before BentoML reads it.

    BentoML would hold a body of any size in memory, and would take a form (curl's default) for a request without
    texts, hence answer it with the sample's vectors.
    """

    def __init__(self, app) -> None:
        self.app = app

    async def __call__(self, scope, receive, send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        seen = 0

        async def counted():
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > MAX_BODY:
                raise BentoMLException(
                    f"The body is larger than {MAX_BODY} bytes. To fix: send fewer or shorter texts.",
                    error_code=HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                )
            return message

        kind = Headers(scope=scope).get("content-type", JSON).split(";")[0].strip().lower()
        if scope.get("method") == "POST" and kind != JSON:
            fix = f"The content type is {kind!r}. To fix: send the header 'content-type: {JSON}'."
            await JSONResponse({"error": fix}, HTTPStatus.UNSUPPORTED_MEDIA_TYPE)(scope, receive, send)
            return
        await self.app(scope, counted, send)
