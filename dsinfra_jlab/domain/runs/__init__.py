"""Runs: what was run and recorded, with its values, its files and what the probe saw."""
