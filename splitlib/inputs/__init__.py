"""From split labels to training examples: reader, key mapper, transforms, input functions.

With `splitlib.models` the only part of the package that imports tensorflow.
"""

from splitlib.extras import check_train_extra

check_train_extra()
