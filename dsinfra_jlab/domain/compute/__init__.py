"""Targets, and the jobs that are sent to them."""
