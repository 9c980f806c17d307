"""Errors in the formats of other tools."""
