"""The demo labels: four videos of two courting flies, drawn and labelled by rules.

They are made to be what real labels are: runs of neighbouring frames, animals that touch and cover
one another, predictions among the user instances, frames without animals. No file is read and
nothing is left to a random generator or a mathematical library, so that the labels are the same on
every machine.

Run ``python -m splitlib.demo`` to make them.
"""
