"""Runs side by side: what differs between them, in tables, diffs and sentences."""
