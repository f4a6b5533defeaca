"""How good a model is: its predictions of a split beside the labels."""

from splitlib.extras import check_train_extra

check_train_extra()
