"""Handlers of the files that runs made."""

from __future__ import annotations

import re
from urllib.parse import quote

from jupyter_server.auth.decorator import authorized
from tornado import web

from ..domain.ids import ArtifactId, RunId
from ..domain.runs.artifacts import shown_media_type
from ..services.artifacts import OpenArtifact
from .base import BaseHandler

PART_BYTES = 256_000
"""Bytes read from the disk and sent at a time: large enough for 1 GB/s, small in memory."""

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)


class ArtifactsHandler(BaseHandler):
    """``runs/{run_id}/artifacts``."""

    @web.authenticated
    @authorized("read", "dsinfra:runs")
    async def get(self, run_id: str) -> None:
        """Send what is known of a run's artifacts, without their content."""
        self.no_query()
        self.reply(await self.services.artifacts.artifacts(RunId(run_id)))


class ArtifactHandler(BaseHandler):
    """``runs/{run_id}/artifacts/{artifact_id}``: content that anybody may have written.

    It is sent as a file to keep, in a sandbox without scripts, under a media type that no
    browser runs: an HTML file opened from this origin could use the whole Jupyter server.
    """

    @property
    def content_security_policy(self) -> str:
        """What a browser may do with the content."""
        return f"{super().content_security_policy}; sandbox"

    @web.authenticated
    @authorized("read", "dsinfra:runs")
    async def get(self, run_id: str, artifact_id: str) -> None:
        """Send the bytes of one artifact, or the stretch of them that ``Range`` names."""
        self.no_query()
        content = await self.services.artifacts.open(RunId(run_id), ArtifactId(artifact_id))
        try:
            await self._send(content)
        finally:
            await content.close()

    async def _send(self, content: OpenArtifact) -> None:
        artifact = content.artifact
        media_type = shown_media_type(artifact.media_type)
        self._say_what_it_is(artifact.name, artifact.digest, media_type)
        if self.check_etag_header():
            self.set_status(304)
            self.finish(set_content_type=media_type)
            return
        start, end = self._stretch(content.size_bytes)
        self.set_header("Content-Length", str(end - start))
        while start < end:
            part = await content.read(start, min(PART_BYTES, end - start))
            if not part:  # the file was cut: the caller sees fewer bytes than announced
                break
            self.write(part)
            await self.flush()
            start += len(part)
        self.finish(set_content_type=media_type)

    def _say_what_it_is(self, name: str, digest: str, media_type: str) -> None:
        last = name.rsplit("/", 1)[-1] or "artifact"
        plain = re.sub(r"[^\w. ()-]", "_", last, flags=re.ASCII)
        encoded = quote(last, safe="", errors="replace")
        disposition = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}"
        self.set_header("Content-Disposition", disposition)
        self.set_header("Content-Type", media_type)
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Cache-Control", "private, no-cache")
        self.set_header("Accept-Ranges", "bytes")
        self.set_header("ETag", f'"{digest}"')

    def compute_etag(self) -> str | None:
        """Return the digest of the whole content, whichever part of it is sent."""
        given = self._headers.get("ETag")
        return given or None

    def _stretch(self, size: int) -> tuple[int, int]:
        """Return where to start and end, and say so where that is not the whole.

        A range that cannot be is ignored, as HTTP allows: the caller gets everything.
        """
        asked = _RANGE.fullmatch(self.request.headers.get("Range", "").strip())
        if asked is None or "If-Range" in self.request.headers or asked[1] == asked[2] == "":
            return 0, size
        if asked[1]:
            start = int(asked[1])
            end = min(size, int(asked[2]) + 1) if asked[2] else size
        else:
            start, end = max(0, size - int(asked[2])), size
        if start >= end:
            return 0, size
        self.set_status(206)
        self.set_header("Content-Range", f"bytes {start}-{end - 1}/{size}")
        return start, end
