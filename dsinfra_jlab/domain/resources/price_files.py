"""Reads prices from a table: our own columns, or those of the catalogues that SkyPilot has.

Their columns are ``InstanceType``, ``Price`` and ``Region`` among others; a row is the price of a
whole machine in US dollars, GPUs included.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping

from ..exceptions import BadInput
from .samples import Price

__all__ = ["ROWS_MAX", "read_prices"]

ROWS_MAX = 200_000
"""The largest catalogues of clouds have 60,000."""

_OURS = ("what", "per_hour", "currency")
_CATALOGUE = ("InstanceType", "Price")


def read_prices(text: str, source: str, instance_type: str = "", region: str = "") -> list[Price]:
    """Return the prices of a table; of a catalogue that of one machine.

    Raises
    ------
    BadInput
        It has other columns, a price that is no number, or not exactly one price of the machine.
    """
    reader = csv.DictReader(io.StringIO(text))
    names = reader.fieldnames or []
    rows = [row for _, row in zip(range(ROWS_MAX), reader, strict=False)]
    if all(name in names for name in _OURS):
        return [_of_row(row, number, source) for number, row in enumerate(rows, 2)]
    if all(name in names for name in _CATALOGUE):
        return [_of_catalogue(rows, source, instance_type, region)]
    raise BadInput(
        f"{source} has neither the columns {', '.join(_OURS)} nor {', '.join(_CATALOGUE)}."
    )


def _of_row(row: Mapping[str, str | None], number: int, source: str) -> Price:
    return Price(
        what=(row["what"] or "").strip(),
        per_hour=_amount(row["per_hour"], f"{source}, line {number}"),
        currency=(row["currency"] or "").strip(),
        basis=(row.get("basis") or "").strip() or "estimate",
        source=(row.get("source") or "").strip() or source,
        valid_from=(row.get("valid_from") or "").strip(),
    )


def _of_catalogue(
    rows: list[dict[str, str]], source: str, instance_type: str, region: str
) -> Price:
    if not instance_type:
        raise BadInput(
            f"{source} is a catalogue of machines; set instance_type to this one's name."
        )
    fitting = [
        row
        for row in rows
        if row["InstanceType"] == instance_type
        and (not region or row.get("Region") == region)
        and row["Price"]
    ]
    amounts = {_amount(row["Price"], f"{source}, {instance_type}") for row in fitting}
    where = f"{instance_type} in {region}" if region else instance_type
    if not amounts:
        raise BadInput(f"{source} has no price of {where}.")
    if len(amounts) > 1:
        raise BadInput(f"{source} has {len(amounts)} prices of {where}; set instance_region.")
    return Price("host", amounts.pop(), "USD", "list", f"{source}: {where}")


def _amount(text: str | None, place: str) -> float:
    try:
        amount = float(text or "")
    except ValueError:
        raise BadInput(f"{place}: {text!r} is no price.") from None
    if not 0 <= amount < float("inf"):
        raise BadInput(f"{place}: {text!r} is no price.")
    return amount
