"""Whole-frame inference: from frames to the points of all animals in them, as a labels file.

`splitlib.inference.predictor.predict_frames` gives instances as arrays, and `predict_labels` writes
them. `grouping` joins peaks to animals, and knows nothing of models.
"""

from splitlib.extras import check_train_extra

check_train_extra()
