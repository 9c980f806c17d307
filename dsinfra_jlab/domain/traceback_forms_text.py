"""Text of tracebacks without what frontends and terminals put into it."""

from __future__ import annotations

import re

from . import limits

_ANSI = re.compile(
    r"\x1b\][^\x07\x1b]{0,2000}(?:\x07|\x1b\\)"  # a link of a terminal, or its title
    r"|\x1b\[[0-?]{0,32}[ -/]{0,4}[@-~]"
    r"|\x1b[@-Z\\^_]"
)
_HTML_LINK = re.compile(r"<a href=['\"](?:vscode-|file:|command:)[^>]{0,2000}>([^<]{0,200})</a>")
_MARKDOWN_LINK = re.compile(r"\[([^\]\n]{1,500})\]\(https?://(?:localhost|127\.0\.0\.1)[^)\s]*\)")
_ENDS = re.compile(r"\r+\n|\x85|\u2028|\u2029")


def plain_text(text: str) -> str:
    """Return a text without colours, links and carriage returns, cut in its middle if long."""
    if "\x1b" in text:
        text = _ANSI.sub("", text[: 4 * limits.TRACEBACK_MAX_CHARS])
    if "\r" in text:
        text = _ENDS.sub("\n", text).replace("\r", "")
    if "<a href=" in text:
        text = _HTML_LINK.sub(r"\1", text)
    if "](http" in text:
        text = _MARKDOWN_LINK.sub(r"\1", text)
    return cut_middle(text.replace("\0", "\ufffd"))


def cut_middle(text: str) -> str:
    """Return a text as it is, or its beginning and its end in whole lines."""
    most = limits.TRACEBACK_MAX_CHARS
    if len(text) <= most:
        return text
    head, tail = text[: most // 2], text[-(most // 2) :]
    return head[: head.rfind("\n") + 1 or None] + tail[tail.find("\n") + 1 :]


def message_text(text: str) -> str:
    """Return a message without colours, as it stands in a text that ``plain_text`` gave."""
    return plain_text(text)
