"""A message with what varies between occurrences blanked: its template.

Linear in the length of the message: each pattern starts only at the beginning of a word, repeats
within bounds, and nothing is tried twice.
"""

from __future__ import annotations

import re
from bisect import bisect_right

from ..word_lists import words
from . import limits
from .occurrences import Category

_KEEPING = frozenset({Category.name, Category.attribute, Category.lookup, Category.import_env})
_KEEPING_CLASSES = frozenset(
    words("""
    NameError UnboundLocalError AttributeError KeyError ImportError ModuleNotFoundError
    ColumnNotFoundError UndefVarError UsageError
    """)
)
"""What they quote is the name that is missing: another name is another error."""

# Wordings of one error that differ between versions of Python.
_SYNONYMS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\x1b\[[0-9;]{0,20}m"), ""),
    (re.compile(r"[;.,]? ?\(?Did you (?:mean|forget)\b.{0,300}$", re.S), ""),
    (re.compile(r"\((?:[^()\n]{1,300}, )?line \d{1,9}\)\s*$"), ""),
    (re.compile(r" \(detected at line \d{1,9}\)"), ""),
    (
        re.compile(r"^local variable ('[^'\n]{1,100}') referenced before assignment$"),
        r"cannot access local variable \1 where it is not associated with a value",
    ),
    (
        re.compile(
            r"^free variable ('[^'\n]{1,100}') referenced before assignment in enclosing scope$"
        ),
        r"cannot access free variable \1 where it is not associated with a value in enclosing"
        r" scope",
    ),
    (
        re.compile(
            r"^(?:integer |float |complex )?(?:floor )?"
            r"(?:division|modulo|division or modulo|divmod\(\)) by zero$"
            r"|^integer modulo by zero$|^float modulo$"
            r"|^integer division or modulo by zero$"
        ),
        "division by zero",
    ),
    (
        re.compile(r"^maximum recursion depth exceeded.{0,200}$", re.S),
        "maximum recursion depth exceeded",
    ),
    (
        re.compile(r"^(max|min)\(\) (?:arg is an empty sequence|iterable argument is empty)$"),
        r"\1() iterable argument is empty",
    ),
    (
        re.compile(
            r"^(too many values to unpack|not enough values to unpack) \(expected.{0,80}\)$"
        ),
        r"\1",
    ),
    (
        re.compile(
            r"^cannot use '.{1,80}' as a (?:dict key|set element) \((unhashable type: .{1,80})\)$"
        ),
        r"\1",
    ),
    (
        re.compile(
            r"(?:(?<=^)|(?<=\s))(?:[A-Za-z_]\w{0,60}\.|<locals>\.){1,8}"
            r"(?=[A-Za-z_]\w{0,60}\(\))"
        ),
        "",
    ),
    (
        re.compile(r"with(?:out an implementation for)? abstract methods? '?(\w{1,60})'?$"),
        r"with abstract method \1",
    ),
    (re.compile(r"\bnp\.(?:str_|bool_?|u?int\d{0,3}|float\d{0,3})\(([^()\n]{0,200})\)"), r"\1"),
    (re.compile(r"with url: \S+"), "with url: <url>"),
    (re.compile(r", dtype='?[\w\[\]., ]{1,40}'?(?=\))"), ""),
    (
        re.compile(r"request[ _-]?id['\"]?\s{0,3}[:=]\s{0,3}[^\s,;)]{1,200}", re.I),
        "request id: <id>",
    ),
)

_PLAIN = re.compile(
    r"""
      (?P<url>\b[a-z][a-z0-9+]{1,9}://[^\s'"<>)\]]+)
    | (?P<email>(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5})
    | (?P<cell><ipython-input-[^>\n]{1,80}>|\bCell\ In\ ?\[\d+\]|\bInput\ In\ ?\[\d+\])
    | (?P<uuid>\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b)
    | (?P<hexa>\b0[xX][0-9a-fA-F]+)
    | (?P<date>\b\d{4}[-/]\d\d?[-/]\d\d?(?:[T ]\d\d?:\d\d(?::\d\d(?:\.\d{1,9})?)?)?
          (?:Z|[+-]\d\d:?\d\d)?\b
        |\b\d\d?:\d\d:\d\d(?:\.\d{1,9})?\b|\b\d\d?[-/]\d\d?[-/]\d{2,4}\b)
    | (?P<address>(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?(?![\w.]))
    | (?P<errno>\[(?:Errno|WinError)\ -?\d{1,6}\])
    | (?P<path>(?<![\w.\-+@~%\\/:])(?:[A-Za-z]:[\\/]|\\\\|~?/|\.{1,2}/)?
        (?:[\w.\-+@~%]*[\\/]){1,60}[\w.\-+@~%]*)
    | (?P<shape>[(\[](?:\s?(?:\d{1,12}|None|\?|-1)\s?,){0,12}\s?(?:\d{1,12}|None|\?|-1)?\s?,?[)\]])
    | (?P<times>(?<![\w.])\d{1,12}(?:x\d{1,12})+(?!\w))
    | (?P<rank>\b\d+-?[dD](?:imensional)?\b|\b(?:ndim|axis|dim|dimension|rank)[ =]-?\d{1,3}\b)
    | (?P<sha>\b(?=[a-f]{0,64}\d)(?=\d{0,64}[a-f])[0-9a-f]{8,64}\b)
    | (?P<temp>\btmp[a-z0-9_]{6,12}\b)
    | (?P<numbered>(?<!\w)[A-Za-z][A-Za-z0-9_]{0,80}?_\d{1,12}(?!\w))
    | (?P<number>(?<![\w.])[-+]?\d[\d,_]*(?:\.\d*)?(?:[eE][-+]?\d+)?
        (?:\s?(?:[KMGTP]i?B|[kmg]b|bytes?|B)\b|\s?%)?(?!\w))
    """,
    re.VERBOSE,
)

_LISTS = re.compile(r"\[(?:[#,.\s…\-+'\"]|<str>|<date>|nan|inf|True|False|None)*\]")
_ROWS = re.compile(r"(?:\[…\][\s,]*){2,}")
_SPACES = re.compile(r"\s+")
_IDENTIFIER = re.compile(r"^[A-Za-z_][\w.]*$")
_DATA_LIKE = re.compile(r"^[-+\d.,:/ TZ%eE]+$")
_FILE_LIKE = re.compile(r"[\\/]|\.[A-Za-z][A-Za-z0-9]{1,7}$")
_LONG_NUMBER = re.compile(r"\d{4,}|\d{2,}(?=[_\-.]\d{2,})")
_AUTO_NUMBER = re.compile(r"_\d+$")

_NAMING_BEFORE = re.compile(
    r"(?:argument|parameter|method|attribute|function|module|columns?|key|feature|field|class"
    r"|layer|variable"
    r"|operand type\(s\) for|instances of|type|types?:|must be|not|and|object|dtype|kind"
    r"|estimator|option|backend"
    r"|(?:from|to|operator|ufunc|between|dimension|named?))[s:]?[\s(]{0,3}(?:\w{1,12} )?$"
)
_NAMING_AFTER = re.compile(
    r"\s?(?:objects?|argument|parameter|required|is not|takes|has no|must be|instances?|and '"
    r"|column|dtype|type)\b"
)
_NAMED_AFTER = re.compile(r"\s?(?:argument|parameter|column|feature|field|option)s?\b")
_PATH_MAX = 400
"""Characters up to which what a file error quotes is taken for a path."""

_TYPES = frozenset(
    words("""
    int str float bool bytes list dict tuple set complex NoneType type function method module object
    generator range slice frozenset bytearray DataFrame Series Index ndarray Tensor Timestamp
    datetime.datetime datetime.date builtin_function_or_method decimal.Decimal coroutine
    """)
)
_VALUE_CLASSES = (Category.value, Category.numerical, Category.file_io, Category.network)


def template_of(message: str, *, ename: str, category: Category | None = None) -> str:
    """Give what stays the same in a message when only values, places and times differ."""
    text = message[: limits.TEMPLATE_READ_MAX_CHARS]
    for pattern, wording in _SYNONYMS:
        text = pattern.sub(wording, text)
    keeps = category in _KEEPING or (category is None and ename in _KEEPING_CLASSES)
    keeps = keeps or ename in _KEEPING_CLASSES
    parts: list[str] = []
    position = 0
    for start, end in _quotes(text):
        parts.append(_plain(text[position:start], category, keeps=keeps))
        parts.append(_quoted(text, start, end, category, keeps=keeps))
        position = end
    parts.append(_plain(text[position:], category, keeps=keeps))
    return _collapsed("".join(parts))[: limits.TEMPLATE_MAX_CHARS]


def _quotes(text: str) -> list[tuple[int, int]]:
    """Give where quoted pieces begin and end: a quote inside a word is an apostrophe."""
    opening = re.compile(r"(?<![\w'\"`])['\"`](?=\S)")
    closing = {
        mark: [m.start() for m in re.finditer(re.escape(mark) + r"(?!\w)", text)] for mark in "'\"`"
    }
    found: list[tuple[int, int]] = []
    position = 0
    while match := opening.search(text, position):
        start = match.start()
        ends = closing[text[start]]
        at = bisect_right(ends, start)
        if at == len(ends):
            position = start + 1
            continue
        found.append((start, ends[at] + 1))
        position = ends[at] + 1
    return found


def _quoted(text: str, start: int, end: int, category: Category | None, *, keeps: bool) -> str:
    mark = text[start]
    content = text[start + 1 : end - 1]
    if category is Category.file_io and content.strip() == content and len(content) <= _PATH_MAX:
        return f"{mark}{_base_name(content)}{mark}"
    is_path = bool(_FILE_LIKE.search(content)) and " " not in content.strip()
    if is_path and category is not Category.value and not _IDENTIFIER.match(content):
        return f"{mark}{_base_name(content)}{mark}"
    if _PLAIN.fullmatch(content) and content[:1] in "([":
        return f"{mark}{_plain(content, category, keeps=keeps)}{mark}"
    if keeps:
        return f"{mark}{content if not _DATA_LIKE.match(content) else '#'}{mark}"
    if content in _TYPES and category is not Category.value:
        return f"{mark}{content}{mark}"
    if _IDENTIFIER.match(content) and _is_name(text, start, end, category):
        return f"{mark}{_AUTO_NUMBER.sub('_#', content)}{mark}"
    return "<str>"


def _is_name(text: str, start: int, end: int, category: Category | None) -> bool:
    """Whether the words around a quoted piece say that it names something of the program."""
    if category is Category.type and text[start] == "'" and _NAMING_AFTER.match(text, end):
        return True
    if _NAMED_AFTER.match(text, end):
        return True
    before = text[max(0, start - 60) : start]
    return bool(_NAMING_BEFORE.search(before)) or bool(
        category is not None and category not in _VALUE_CLASSES and _NAMING_AFTER.match(text, end)
    )


def _base_name(path: str) -> str:
    base = re.split(r"[\\/]", path.rstrip("\\/"))[-1] if path.strip("\\/") else path
    if re.match(r"(?:tmp|temp)[a-z0-9_]{6,12}", base):
        return "<tmp>"
    return _LONG_NUMBER.sub("#", base)


def _plain(text: str, category: Category | None, *, keeps: bool) -> str:
    def blank(match: re.Match[str]) -> str:
        kind = match.lastgroup or ""
        found = match[0]
        if kind == "numbered":
            return found if keeps else re.sub(r"_\d+$", "_#", found)
        if kind in ("rank", "errno"):
            return found
        if kind == "path":
            return _path(found)
        if kind == "shape":
            return _shape(found, text[: match.start()][-20:], category)
        if kind == "times":
            return re.sub(r"\d+", "#", found)
        return _WORDS[kind]

    return _PLAIN.sub(blank, text)


_WORDS = {
    "url": "<url>",
    "email": "<email>",
    "cell": "<cell>",
    "uuid": "<id>",
    "hexa": "<hex>",
    "date": "<date>",
    "address": "<address>",
    "sha": "<hex>",
    "temp": "<tmp>",
    "number": "#",
}


def _path(found: str) -> str:
    parts = [part for part in re.split(r"[\\/]", found) if part]
    is_rooted = found[:1] in "/~\\" or found[1:2] == ":" or found.startswith(".")
    if all(part.isdigit() for part in parts):
        return "/".join("#" for _ in parts)
    if not is_rooted and len(parts) < 3 and not _FILE_LIKE.search(parts[-1] if parts else ""):
        return re.sub(r"\d+", "#", found)
    return _base_name(found)


def _shape(found: str, before: str, category: Category | None) -> str:
    """Give a shape with its rank kept; a longer list, or one of data, as a list."""
    inner = [part for part in re.split(r"[,\s]+", found[1:-1]) if part]
    is_data = (
        found[0] == "["
        and category is not Category.shape
        and not before.rstrip("(").lower().endswith(("size", "shape", "shapes", "shape ", "size "))
    )
    if not inner:
        return found
    if is_data or len(inner) > 8:
        return "[…]"
    close = ")" if found[0] == "(" else "]"
    tail = "," if len(inner) == 1 and "," in found else ""
    return found[0] + ",".join("N" for _ in inner) + tail + close


def _collapsed(text: str) -> str:
    """Give prints of arrays and lists as one mark, and any stretch of whitespace as one space."""
    for _ in range(6):
        shorter = _ROWS.sub("[…]", _LISTS.sub("[…]", text))
        if shorter == text:
            break
        text = shorter.replace("[[…]]", "[…]")
    return _SPACES.sub(" ", text).strip()
