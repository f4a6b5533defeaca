"""The .slp file as columns: reading, choosing frames, writing. The only user of h5py.

`source` reads a file, `columns` says what its tables mean, `save` writes a subset of its frames,
and `create` writes a file from nothing.
"""
