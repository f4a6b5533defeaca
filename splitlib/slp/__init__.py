"""The .slp labels file as columns: its tables, their selection, and the bytes on disk."""
