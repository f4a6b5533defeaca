"""Files that are being written: whose they are, what a killed run left of them, their last step.

A file is written under a name beside its place, and renamed when it is whole. `splitlib.files` is
the way to write a local file, and uses this room.
"""
