"""``python -m dsinfra_jlab.cli``, where the script ``jupyter-dsinfra`` is not on the path."""

from __future__ import annotations

import sys

from . import main

sys.exit(main())
