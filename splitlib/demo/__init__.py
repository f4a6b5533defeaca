"""The demo labels: four videos of two courting flies, drawn and labeled by rules.

They resemble real labels: runs of neighbouring frames, animals that touch and cover one another,
predictions among the user instances, frames without animals. No file, random generator or
mathematical library takes part, so that the labels are the same on every machine.

Run ``python -m splitlib.demo`` to make them.
"""
