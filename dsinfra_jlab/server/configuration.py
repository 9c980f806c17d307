"""What an operator can set: the options of ``DsinfraApp``, checked, and as the parts take them."""

from __future__ import annotations

import csv
import logging
import os
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from jupyter_core.paths import jupyter_data_dir
from traitlets import Bool, Dict, Enum, Integer, List, TraitError, Unicode, default, validate
from traitlets.config import Configurable

from ..domain import limits
from ..domain.errors.rules import ErrorRule
from ..domain.exceptions import BadInput
from ..domain.resources.costs import check_prices
from ..domain.resources.price_files import read_prices
from ..domain.resources.samples import Price
from ..domain.settings import Settings, SettingsPatch
from ..sensors.oom_score import SCORE_MAX
from ..services.settings import check_error_rules
from ..store import default_url
from . import wire
from .job_parts import decode_targets

_DEFAULTS = Settings()


class DsinfraOptions(Configurable):
    """The options of the extension; users outrank some of them in the panel."""

    log: logging.Logger

    store_url = Unicode(
        help="""Where runs are kept, as a database URL.

        Default: the environment variable DSINFRA_STORE_URL, else a SQLite file in
        jupyter_data_dir()/dsinfra/. A team shares one store with
        postgresql://user@host/database; a password is better given in the
        environment variable or a .pgpass file than on the command line.
        """,
    ).tag(config=True)

    is_recording = Bool(
        _DEFAULTS.is_recording,
        help="Whether runs are recorded, until a user decides otherwise in the panel.",
    ).tag(config=True)

    is_recording_code = Bool(
        _DEFAULTS.is_recording_code,
        help="Whether the code of cells is kept, until a user decides otherwise. "
        "Without it a run has only the hash of its code.",
    ).tag(config=True)

    is_recording_outputs = Bool(
        _DEFAULTS.is_recording_outputs,
        help="Whether what cells print and show is kept, until a user decides otherwise.",
    ).tag(config=True)

    is_recording_environment = Bool(
        _DEFAULTS.is_recording_environment,
        help="Whether interpreter, packages and git state are kept, "
        "until a user decides otherwise.",
    ).tag(config=True)

    is_recording_errors = Bool(
        _DEFAULTS.is_recording_errors,
        help="Whether the frames of errors and the names, types and shapes of what they held "
        "are kept, until a user decides otherwise.",
    ).tag(config=True)

    is_capturing_values = Bool(
        _DEFAULTS.is_capturing_values,
        help="Whether short values of variables are kept with errors, until a user decides "
        "otherwise. They may be personal or secret data, which whoever can read the store can "
        "read; what looks like a secret is taken out, but not everything looks like one.",
    ).tag(config=True)

    is_recording_warnings = Bool(
        _DEFAULTS.is_recording_warnings,
        help="Whether Python's warnings are kept, until a user decides otherwise.",
    ).tag(config=True)

    error_rules = List(
        Dict(),
        help="Rules that outrank what is found about errors, until a user decides otherwise. "
        "Each has field (ename or message), pattern, and any of category, severity, is_ignored "
        "and group. Default: none.",
    ).tag(config=True)

    excluded_notebooks = List(
        Unicode(),
        help="Paths, from the server's root, of notebooks that are not recorded, "
        "until a user decides otherwise. Default: none.",
    ).tag(config=True)

    outputs_max_bytes = Integer(
        _DEFAULTS.outputs_max_bytes,
        min=limits.OUTPUTS_MAX_BYTES_LEAST,
        max=limits.OUTPUTS_MAX_BYTES_MOST,
        help="Bytes kept of the outputs of one run, until a user decides otherwise.",
    ).tag(config=True)

    outputs_retention_days = Integer(
        _DEFAULTS.outputs_retention_days,
        min=0,
        max=limits.RETENTION_MAX_DAYS,
        help="Days after which outputs are erased, until a user decides otherwise; 0 keeps them.",
    ).tag(config=True)

    runs_retention_days = Integer(
        _DEFAULTS.runs_retention_days,
        min=0,
        max=limits.RETENTION_MAX_DAYS,
        help="Days after which runs are erased, until a user decides otherwise; 0 keeps them.",
    ).tag(config=True)

    is_interrupting_at_memory_limit = Bool(
        _DEFAULTS.is_interrupting_at_memory_limit,
        help="Whether the cell of the largest kernel is interrupted when 97 % of memory are in "
        "use, until a user decides otherwise.",
    ).tag(config=True)

    muted_alerts = List(
        Unicode(),
        help="Alerts that nobody wants to hear of, as kind and subject, until a user decides "
        "otherwise. Default: none.",
    ).tag(config=True)

    prices = List(
        Dict(),
        help="What an hour costs of the host or of a GPU. Each has what (host, or words of the "
        "GPU's name), per_hour and currency, and any of basis (list, invoice or estimate), "
        "source and valid_from. Default: none, and then no money is shown.",
    ).tag(config=True)

    prices_file = Unicode(
        help="A CSV file of prices, with the columns what, per_hour and currency; or a catalogue "
        "with InstanceType, Price and Region. It is read once, at the start.",
    ).tag(config=True)

    instance_type = Unicode(
        help="Which machine of the catalogue in prices_file this one is.",
    ).tag(config=True)

    instance_region = Unicode(
        help="The region of the catalogue in prices_file that this machine is in.",
    ).tag(config=True)

    kernel_oom_score = Integer(
        0,
        min=0,
        max=SCORE_MAX,
        help="Linux ends the process with the highest score when memory runs out: kernels are "
        "given at least this one (oom_score_adj, up to 1000), so that a kernel dies and not the "
        "server. 0 leaves them alone.",
    ).tag(config=True)

    is_resetting_memory_marks = Bool(
        False,
        help="Whether the highest mark of a kernel's memory is set back when a cell begins (Linux, "
        "kernels with the probe), so that the peak of every run is exact. It changes what the "
        "user's code reads of its own memory (ru_maxrss), and what other tools read.",
    ).tag(config=True)

    is_exporting_metrics = Bool(
        False,
        help="Whether readings of the machine are added to what the server's /metrics gives to "
        "Prometheus.",
    ).tag(config=True)

    is_naming_notebooks_in_metrics = Bool(
        False,
        help="Whether those metrics tell kernels apart by notebook. Whoever may read /metrics "
        "then sees the paths of notebooks.",
    ).tag(config=True)

    is_active_while_jobs_run = Bool(
        True,
        help="Whether a job at work counts as activity of the server and of the kernel that waits "
        "for it, so that neither is ended as idle before the job has ended.",
    ).tag(config=True)

    targets = List(
        Dict(),
        help="Places that cells can be sent to, beside those that are added in the panel and "
        "`local`, which is always there. Each has name and engine (such as dask), and any of "
        "options (as the engine has them; paths of files, never secrets), price_per_hour (of one "
        "worker) and currency. Default: none.",
    ).tag(config=True)

    injection = Enum(
        ["auto", "off"],
        "auto",
        help="Whether the probe is put into Python kernels. It sees parameters, metrics, names "
        "and data of cells, and serves the Python API and the magics. Without it, kernels "
        "are recorded by their messages alone.",
    ).tag(config=True)

    @validate("error_rules")
    def _valid_rules(self, proposal: Any) -> list[dict[str, Any]]:
        try:
            _rules(proposal["value"])
        except BadInput as error:
            raise TraitError(f"DsinfraApp.error_rules: {error.message}") from error
        return list(proposal["value"])

    @validate("prices")
    def _valid_prices(self, proposal: Any) -> list[dict[str, Any]]:
        try:
            check_prices(decode_prices(proposal["value"]))
        except BadInput as error:
            raise TraitError(f"DsinfraApp.prices: {error.message}") from error
        return list(proposal["value"])

    @validate("targets")
    def _valid_targets(self, proposal: Any) -> list[dict[str, Any]]:
        try:
            decode_targets(proposal["value"])
        except BadInput as error:
            raise TraitError(f"DsinfraApp.targets: {error.message}") from error
        return list(proposal["value"])

    @default("store_url")
    def _default_store_url(self) -> str:
        given = os.environ.get("DSINFRA_STORE_URL", "").strip()
        if given:
            return given
        return default_url(own_folder())

    def settings_at_start(self) -> Settings:
        """Return the settings this server was started with."""
        given = {field.name: getattr(self, field.name) for field in fields(Settings)}
        return Settings(**{**given, "error_rules": _rules(self.error_rules)})

    def all_prices(self) -> list[Price]:
        """Return the prices that were configured, none if the file of them cannot be used."""
        prices = decode_prices(self.prices)
        if self.prices_file:
            try:
                path = Path(self.prices_file).expanduser()
                text = path.read_text(encoding="utf-8-sig")
                prices += read_prices(text, path.name, self.instance_type, self.instance_region)
                check_prices(prices)
            except (OSError, UnicodeDecodeError, csv.Error, BadInput) as error:
                self.log.error("dsinfra: no prices from %s: %s", self.prices_file, error)
                return []
        return prices


def own_folder() -> Path:
    """Return the folder of this installation's own files."""
    return Path(jupyter_data_dir()) / "dsinfra"


def _rules(given: list[dict[str, Any]]) -> list[ErrorRule]:
    """Return rules as configured; raises ``BadInput`` that says which one is wrong."""
    rules = wire.decode_fields({"error_rules": given}, SettingsPatch).error_rules or []
    check_error_rules(rules)
    return rules


def decode_prices(given: list[dict[str, Any]]) -> list[Price]:
    """Return prices as configured; raises ``BadInput`` that says which one is wrong."""
    return wire.decode_fields({"prices": given}, _Prices).prices


@dataclass(frozen=True, slots=True)
class _Prices:
    prices: list[Price]
