"""The stages of the pipeline: each reads params and files, calls the library, and writes files."""
