"""How good a model is: its predictions of a split beside the labels."""
