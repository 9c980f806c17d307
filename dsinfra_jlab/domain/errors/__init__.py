"""Errors: one as it was seen, the record made of it, and those that are the same again."""
