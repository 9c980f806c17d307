"""Secrets, and how they are taken out before anything is stored."""
