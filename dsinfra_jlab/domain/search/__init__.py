"""The search language: from a text to a tree."""
