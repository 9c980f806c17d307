"""Takes modules that are sent when they are first needed, beside those that came at the start."""

from __future__ import annotations

import base64
import json
import sys
import zlib
from typing import Any


def add_modules(payload: str) -> None:
    """Make the modules that were sent importable, unless they are so already."""
    sources = json.loads(zlib.decompress(base64.b64decode(payload)).decode())
    finder = _finder()
    package = __name__.partition(".")[0]
    for name, text in sources.items():
        if finder.is_ours or not name.startswith(package + "."):
            finder.sources.setdefault(name, text)


class _Finder:
    """Our own place among the finders of modules."""

    def __init__(self, sources: dict[str, str], is_ours: bool) -> None:
        self.sources = sources
        self.is_ours = is_ours
        """Whether this package itself came that way, and not from a folder."""


def _finder() -> _Finder:
    for each in sys.meta_path:
        sources: Any = getattr(each, "sent_sources", None)
        if type(sources) is dict:
            return _Finder(sources, __name__ in sources)
    from .bootstrap import finder_class

    made = finder_class()({})
    sys.meta_path.insert(0, made)
    return _Finder(made.sent_sources, False)
