"""What stands between a client and the store: login, repository and tag are judged as the cloud would."""

import asyncio
import hashlib
import re

from aiohttp import BasicAuth, ClientSession, StreamReader, web
from multidict import CIMultiDict

from tests.doubles.registry.clouds import Refusal, Registries
from tests.doubles.registry.store import url

PATH = re.compile(r"/v2/(?P<repository>.+)/(?P<rest>(?P<kind>manifests|blobs)/.+)")

MANIFEST_LIMIT = 4 << 20
"""https://docs.aws.amazon.com/AmazonECR/latest/userguide/service-quotas.html"""

MANIFESTS = (
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
"""The store does not find what was not asked for by its type, whatever `*/*` means elsewhere."""

HOPS = frozenset({"connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "expect"})
"""Headers that are between two neighbours."""
OURS = HOPS | {"host", "authorization"}


class Gate:
    def __init__(self, registries: Registries, store: ClientSession):
        self._registries, self._store = registries, store
        self._tags = asyncio.Lock()

    def application(self) -> web.Application:
        made = web.Application(client_max_size=MANIFEST_LIMIT)
        made.router.add_route("*", "/{path:.*}", self.answer)
        return made

    async def answer(self, request: web.Request) -> web.StreamResponse:
        try:
            return await self._answer(request)
        except Refusal as refusal:
            errors = [{"code": refusal.code, "message": refusal.message}]
            return web.json_response({"errors": errors}, status=refusal.status, headers=refusal.headers)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        host = request.url.host or ""
        registry = self._registries.at(host)
        if registry is None:
            raise Refusal(403, "DENIED", f"the rehearsal has no registry {host!r}")
        if request.headers.get("authorization") != BasicAuth(*registry.login).encode():
            challenge = {"WWW-Authenticate": f'Basic realm="https://{host}/"'}
            raise Refusal(401, "UNAUTHORIZED", "no login, or not the one that this cloud gives out", challenge)
        if request.path == "/v2/":
            return web.json_response({})
        found = PATH.fullmatch(request.path)
        if found is None:
            raise Refusal(405, "UNSUPPORTED", "the rehearsal has manifests and blobs alone")
        repository = await asyncio.to_thread(registry.repository, found["repository"])
        outside, inside = f"/v2/{found['repository']}/", f"/v2/{host}/{repository.number}/{found['repository']}/"
        if (request.method, found["kind"]) != ("PUT", "manifests"):
            content = request.content if request.body_exists else None
            return await self._pass(request, outside, inside, found["rest"], content)
        manifest = await request.read()
        # Between the look at a tag and its writing no other manifest comes.
        async with self._tags:
            if repository.immutable:
                await self._require_free(inside, found["rest"], manifest)
            return await self._pass(request, outside, inside, found["rest"], manifest)

    async def _require_free(self, inside: str, rest: str, manifest: bytes) -> None:
        async with self._store.head(url(inside + rest), headers={"Accept": ", ".join(MANIFESTS)}) as there:
            digest = there.headers.get("Docker-Content-Digest") if there.status == 200 else None
        if digest not in (None, f"sha256:{hashlib.sha256(manifest).hexdigest()}"):
            tag = rest.partition("/")[2]
            why = f"The image tag '{tag}' already exists and cannot be overwritten because the tag is immutable."
            raise Refusal(400, "TAG_INVALID", why)

    async def _pass(
        self, request: web.Request, outside: str, inside: str, rest: str, content: StreamReader | bytes | None
    ) -> web.StreamResponse:
        """To the store and back, piece by piece."""
        headers = CIMultiDict((key, value) for key, value in request.headers.items() if key.lower() not in OURS)
        async with self._store.request(
            request.method,
            url(inside + rest, request.rel_url.raw_query_string),
            headers=headers,
            data=content,
            allow_redirects=False,
        ) as answer:
            back = CIMultiDict((key, value) for key, value in answer.headers.items() if key.lower() not in HOPS)
            if "Location" in back:
                back["Location"] = f"https://{request.url.host}" + back["Location"].replace(inside, outside, 1)
            response = web.StreamResponse(status=answer.status, headers=back)
            await response.prepare(request)
            async for piece in answer.content.iter_any():
                await response.write(piece)
            await response.write_eof()
            return response
