"""Frames as the graph reads them: their images, their instances, and their order in an epoch."""
