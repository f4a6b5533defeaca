"""Figures of predictions, from numbers alone: this room knows no model and no file."""
