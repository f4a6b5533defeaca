"""The Keras side: network, training, peaks of confidence maps, and how good predictions are."""

from splitlib.extras import check_train_extra

check_train_extra()
