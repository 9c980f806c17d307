"""Turns figures and images into PNG, with what the user has loaded already."""

from __future__ import annotations

import io
import struct
import sys
import zlib
from typing import Any

from . import limits
from .scalars import name_of

_COLOURS = {1: 0, 2: 4, 3: 2, 4: 6}
"""PNG's word for grey, grey with alpha, RGB and RGBA, by the number of channels."""


def _is(value: Any, module: str, name: str) -> bool:
    """Whether a value is of a class of a module, which is not loaded to find out."""
    found = sys.modules.get(module)
    kind = getattr(found, name, None) if found is not None else None
    return kind is not None and issubclass(type(value), kind)


def figure_bytes(figure: Any) -> tuple[bytes, str]:
    """Return a figure as a file's content and its ending.

    Raises
    ------
    TypeError
        If it is nothing that can be drawn.
    """
    if _is(figure, "matplotlib.axes", "Axes"):
        figure = figure.figure
    if _is(figure, "matplotlib.figure", "Figure"):
        file = io.BytesIO()
        figure.savefig(file, format="png", bbox_inches="tight")
        return file.getvalue(), ".png"
    if _is(figure, "plotly.graph_objects", "Figure"):
        return str(figure.to_html(include_plotlyjs="cdn")).encode(), ".html"
    return image_bytes(figure), ".png"


def image_bytes(image: Any) -> bytes:
    """Return an image as PNG.

    Raises
    ------
    TypeError, ValueError
        If it is none.
    """
    if _is(image, "PIL.Image", "Image"):
        file = io.BytesIO()
        image.save(file, format="PNG")
        return file.getvalue()
    if type(image) in (bytes, bytearray):
        return bytes(image)
    if _is(image, "matplotlib.figure", "Figure"):
        return figure_bytes(image)[0]
    if _is(image, "torch", "Tensor"):
        image = image.detach().cpu().numpy()
        if image.ndim == 3 and image.shape[0] in _COLOURS and image.shape[2] not in _COLOURS:
            image = image.transpose(1, 2, 0)
    if _is(image, "numpy", "ndarray"):
        return _array_to_png(image)
    raise TypeError(
        f"a {name_of(type(image))} is no image: give a matplotlib figure, a PIL image, a numpy "
        "array of shape (height, width[, channels]), or the bytes of a file"
    )


def _array_to_png(array: Any) -> bytes:
    """Return an array as PNG: integers from 0 to 255, floats from 0 to 1."""
    numpy = sys.modules["numpy"]
    if array.ndim == 2:
        array = array[:, :, None]
    if array.ndim != 3 or array.shape[2] not in _COLOURS or not array.size:
        raise ValueError(
            f"an array of shape {array.shape} is no image; (height, width), (height, width, 3) "
            "and (height, width, 4) are"
        )
    if array.size > limits.IMAGE_MAX_PIXELS:
        raise ValueError(f"an image of more than {limits.IMAGE_MAX_PIXELS:,} values")
    if array.dtype.kind == "f":
        array = numpy.nan_to_num(array).clip(0, 1) * 255 + 0.5
    elif array.dtype.kind == "b":
        array = array * 255
    elif array.dtype.kind not in "iu":
        raise TypeError(f"an array of {array.dtype} is no image")
    array = array.clip(0, 255).astype("uint8")
    height, width, channels = array.shape
    rows = numpy.zeros((height, width * channels + 1), "uint8")
    rows[:, 1:] = array.reshape(height, width * channels)
    head = struct.pack(">IIBBBBB", width, height, 8, _COLOURS[channels], 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(rows.tobytes(), 6)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, body) for name, body in chunks)


def _chunk(name: bytes, body: bytes) -> bytes:
    checked = name + body
    return struct.pack(">I", len(body)) + checked + struct.pack(">I", zlib.crc32(checked))
