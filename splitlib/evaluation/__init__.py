"""How good a model is: its predictions of a split beside the labels."""

from splitlib.extras import check_extra

check_extra("train")
