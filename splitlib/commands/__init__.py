"""The command line, for work outside of a pipeline: thin faces on the library.

Exit code 0 is success. 1 is an error in files or requests, with one message on the error stream.
2 is a wrong command line. 130 is an interruption with Ctrl-C, and 141 an output that nobody reads
to its end, as shells count these two.
"""
