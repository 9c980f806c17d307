"""Readers of the machine. What cannot be read is left out, never guessed."""
