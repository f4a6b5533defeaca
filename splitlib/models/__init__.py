"""The Keras side: network, training, peaks of confidence maps, and how good predictions are."""
