"""Secrets that are known by their own form, wherever they stand.

Each of these holds a long unbroken stretch of letters, digits, ``_`` and ``-``. Clean text
seldom does, and such stretches are found at memory speed; only they are looked at closely.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

STRETCH_MIN_CHARS = 20
"""Every known form has a stretch of at least so many characters."""

_BEFORE_CHARS = 96
"""How far before its long stretch a form may begin: ``hooks.slack.com/services/T…/B…/``."""

_STRETCH = b"a" * STRETCH_MIN_CHARS
_STRETCH_CHARS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
_TO_CLASSES = bytes(ord("a") if code in _STRETCH_CHARS else ord(" ") for code in range(256))

_PARTS = {
    "aws-key-id": r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}(?![A-Za-z0-9])",
    "github-pat": r"(?:gh[pousr]_[A-Za-z0-9]{30,255}|github_pat_[A-Za-z0-9_]{50,255})",
    "gitlab-pat": r"gl(?:pat|rt|dt|ptt|ft|cbt|oas|soat)-[A-Za-z0-9_\-]{20,255}",
    "slack": r"(?:xox[abeoprs]-[A-Za-z0-9\-]{10,255}|xapp-[A-Za-z0-9\-]{15,255})",
    "slack-hook": r"hooks\.slack\.com(?:/|%2[Ff])services(?:(?:/|%2[Ff])[A-Za-z0-9]{8,32}){3}",
    "discord-hook": r"discord(?:app)?\.com/api/webhooks/[0-9]{15,22}/[A-Za-z0-9_\-]{50,90}",
    "google-api": r"AIza[A-Za-z0-9_\-]{35}",
    "google-oauth": r"(?:ya29\.[A-Za-z0-9_\-]{20,1024}|GOCSPX-[A-Za-z0-9_\-]{20,64})",
    "stripe": r"(?:[sr]k_(?:live|test)_[A-Za-z0-9]{16,255}|whsec_[A-Za-z0-9+/=]{24,64})",
    "anthropic": r"sk-ant-[A-Za-z0-9_\-]{20,255}",
    "openai": r"sk-(?:(?:proj|svcacct|admin|or-v1)-[A-Za-z0-9_\-]{20,255}"
    r"|(?=[a-z_\-0-9]{0,64}[A-Z])(?=[^0-9]{0,64}[0-9])[A-Za-z0-9_\-]{20,255})",
    "huggingface": r"(?:hf|api_org)_[A-Za-z0-9]{30,64}",
    "npm": r"npm_[A-Za-z0-9]{30,64}",
    "pypi": r"pypi-[A-Za-z0-9_\-]{40,512}",
    "jwt": r"eyJ[A-Za-z0-9_\-]{10,1024}\.eyJ[A-Za-z0-9_\-]{6,8192}\.[A-Za-z0-9_\-]{6,2048}",
    "sendgrid": r"SG\.[A-Za-z0-9_\-]{20,24}\.[A-Za-z0-9_\-]{39,48}",
    "telegram": r"[0-9]{8,10}(?::|%3[Aa])AA[A-Za-z0-9_\-]{32,34}",
    "databricks": r"dapi[0-9a-f]{32}(?:-[0-9])?",
    "digitalocean": r"do[opr]_v1_[0-9a-f]{64}",
    "vault": r"hv[sbr]\.[A-Za-z0-9_\-]{24,255}",
    "shopify": r"shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}",
    "groq": r"gsk_[A-Za-z0-9]{40,64}",
    "replicate": r"r8_[A-Za-z0-9]{30,48}",
    "docker": r"dckr_pat_[A-Za-z0-9_\-]{20,64}",
    "grafana": r"gl(?:sa|c)_[A-Za-z0-9+/=_]{32,255}",
    "linear": r"lin_api_[A-Za-z0-9]{32,64}",
    "notion": r"(?:ntn_|secret_)[A-Za-z0-9]{40,64}",
    "postman": r"PMAK-[0-9a-f]{24}-[0-9a-f]{34}",
    "newrelic": r"NRAK-[A-Z0-9]{27}",
    "atlassian": r"ATATT3x[A-Za-z0-9_\-=]{50,255}",
    "mailgun": r"key-[0-9a-f]{32}(?![0-9a-f])",
    "twilio": r"SK[0-9a-f]{32}(?![0-9a-f])",
    "perplexity": r"pplx-[A-Za-z0-9]{32,64}",
    "xai": r"xai-[A-Za-z0-9]{60,100}",
    "prefect": r"pn[ub]_[A-Za-z0-9]{30,48}",
    "langsmith": r"lsv2_(?:pt|sk)_[A-Za-z0-9_]{32,64}",
    "age": r"AGE-SECRET-KEY-1[A-Z0-9]{50,64}",
    "bearer": r"[Bb]earer (?=[^0-9\s]{0,64}[0-9])(?P<bearer_core>[A-Za-z0-9_\-.~+/]{20,4096}=*)",
}

_KINDS = list(_PARTS)
_FORMS = re.compile(
    r"(?:(?<![A-Za-z0-9_])|(?<=\\[nrt])|(?<=%[0-9A-Fa-f]{2})|(?<=\\u[0-9a-f]{4})|(?<=[0-9]m))(?:"
    + "|".join(f"(?P<k{number}>{part})" for number, part in enumerate(_PARTS.values()))
    + ")"
)
"""The look-behinds: start of a word, or after an escape that ends in a letter:
``\\n`` of JSON, ``%3D`` of a URL, the ``m`` of a terminal colour."""


_BEGINNINGS = re.compile(
    r"AKIA|ASIA|ABIA|ACCA|gh[pousr]_|github_pat_|gl[a-z]{1,4}[-_]|xox|xapp-|hooks\.slack|discord"
    r"|AIza|ya29\.|GOCSPX|[sr]k_|whsec_|sk-|hf_|api_org_|npm_|pypi-|eyJ|SG\.|[0-9]{8,10}(?::|%3)|dapi"
    r"|do[opr]_v1|hv[sbr]\.|shp[acps]|gsk_|r8_|dckr_|lin_api|ntn_|secret_|PMAK|NRAK|ATATT|key-|SK"
    r"|pplx|xai-|pn[ub]_|lsv2|AGE-|[Bb]earer "
)
"""How the forms begin: a cheap look before the thorough one."""


@dataclass(frozen=True, slots=True)
class SecretSpan:
    """Where in a text a secret stands, and what it looks like."""

    start: int
    end: int
    kind: str


def may_have_known_formats(latin: bytes) -> bool:
    """Say at memory speed whether ``known_formats`` could find anything."""
    return _STRETCH in latin.translate(_TO_CLASSES)


def known_formats(text: str, latin: bytes) -> Iterator[SecretSpan]:
    """Yield the secrets of known form in ``text``, from left to right.

    Parameters
    ----------
    text
        What is searched.
    latin
        The same text with one byte for each character, whatever stands for those
        that have none.
    """
    classes = latin.translate(_TO_CLASSES)
    done = 0
    at = classes.find(_STRETCH)
    while at >= 0:
        end = classes.find(b" ", at)
        end = len(text) if end < 0 else end
        stretch = latin[at:end]
        has_digit = len(stretch.translate(None, b"0123456789")) < len(stretch)
        # Without a digit it is most likely a long name: then only the stretch itself is read.
        done = max(done, at - _BEFORE_CHARS if has_digit else at - len("Bearer "))
        while beginning := _BEGINNINGS.search(text, done, end):
            match = _FORMS.match(text, beginning.start())
            if match:
                yield _span(match)
            done = match.end() if match else beginning.start() + 1
        done = max(done, end)
        at = classes.find(_STRETCH, done)


def _span(match: re.Match[str]) -> SecretSpan:
    if match.group("bearer_core"):
        return SecretSpan(*match.span("bearer_core"), "bearer")
    kind = _KINDS[int(str(match.lastgroup)[1:])]
    return SecretSpan(match.start(), match.end(), kind)
