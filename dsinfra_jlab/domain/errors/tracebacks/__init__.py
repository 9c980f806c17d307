"""Errors read from text: tracebacks in every form, and errors of other languages."""
