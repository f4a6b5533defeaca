"""The pipeline in the repository of a lab: what is laid there, what is wrong, and what is newer."""
