"""Measurements, side by side in one run: against the peer, and against the limit."""
