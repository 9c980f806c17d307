"""Text of tracebacks without what frontends and terminals put into it."""

from __future__ import annotations

import re

from .. import limits

_ANSI = re.compile(
    r"\x1b\][^\x07\x1b]{0,2000}(?:\x07|\x1b\\)"  # a link of a terminal, or its title
    r"|\x1b\[[0-?]{0,32}[ -/]{0,4}[@-~]"
    r"|\x1b[@-Z\\^_]"
)
_HTML_LINK = re.compile(r"<a href=['\"](?:vscode-|file:|command:)[^<>]{0,2000}>([^<]{0,200})</a>")
_MARKDOWN_LINK = re.compile(
    r"\[([^\[\]\n]{1,500})\]\(https?://(?:localhost|127\.0\.0\.1)[^()\s]{0,500}\)"
)
_COLOURED_SHARE = 4
"""Of a text that IPython coloured, about a quarter is text."""


def plain_text(text: str) -> str:
    """Return a text without colours, links and carriage returns, cut in its middle if long."""
    text = _cut_middle(text, _COLOURED_SHARE * limits.TRACEBACK_MAX_CHARS)
    if "\x1b" in text:
        text = _ANSI.sub("", text)
    text = text.replace("\r", "")
    text = _cut_middle(text, limits.TRACEBACK_MAX_CHARS)
    if "<a href=" in text:
        text = _HTML_LINK.sub(r"\1", text)
    if "](http" in text:
        text = _MARKDOWN_LINK.sub(r"\1", text)
    return text.replace("\0", "\ufffd")


def _cut_middle(text: str, most: int) -> str:
    """Return a text as it is, or its beginning and its end in whole lines."""
    if len(text) <= most:
        return text
    head, tail = text[: most // 2], text[-(most // 2) :]
    return head[: head.rfind("\n") + 1 or None] + tail[tail.find("\n") + 1 :]
