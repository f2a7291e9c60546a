"""Looks: the templates, and the files that belong to them, read once at start."""

import hashlib
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from frontdesk.analytics.page import words
from frontdesk.analytics.page.asked import organisation_path
from frontdesk.analytics.page.errors import PageError

_FOLDER = Path(__file__).parent
_TYPES = {".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}
_FOREVER = "public, max-age=31536000, immutable"


class Looks:
    """Draws pages, and gives out what they need."""

    def __init__(self) -> None:
        self._files: dict[str, tuple[bytes, str]] = {}
        self._names: dict[str, str] = {}
        for file in sorted((_FOLDER / "assets").iterdir()):
            if file.suffix in _TYPES:
                self._keep(file)
        self._templates = Environment(
            loader=FileSystemLoader(_FOLDER / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.globals |= {"asset": self.address, "organisation_path": organisation_path}
        named = ("number", "share", "change", "country", "day", "moment", "plural", "title", "seen", "network")
        self._templates.filters |= {name: getattr(words, name) for name in named}

    def page(self, template: str, status: int = 200, **context: Any) -> HTMLResponse:
        """A page."""
        return HTMLResponse(self._templates.get_template(template).render(context), status)

    def address(self, name: str) -> str:
        """Where a file of ours lies. Its content is in its name, so a browser may keep it for good."""
        return f"/assets/{self._names[name]}"

    async def asset(self, request: Request) -> Response:
        """Give out a file: one that was there at start, by exactly its name."""
        found = self._files.get(request.path_params["name"])
        if found is None:
            raise PageError(404, "There is no such file.")
        content, kind = found
        return Response(content, headers={"content-type": kind, "cache-control": _FOREVER})

    def _keep(self, file: Path) -> None:
        content = file.read_bytes()
        name = f"{file.stem}.{hashlib.sha256(content).hexdigest()[:16]}{file.suffix}"
        self._names[file.name] = name
        self._files[name] = (content, _TYPES[file.suffix])
