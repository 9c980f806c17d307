"""Readings of the machine, and what follows from them: alerts, peaks, costs."""
