"""Levels of 8 bits, which films give, are what the plain way makes of them."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from splitlib.convert.levels import as_pixels, check_gray
from splitlib.errors import ImageError

few_levels = st.sampled_from([0, 1, 2, 16, 200, 255])
images = arrays.arrays(np.uint8, (2, 3, 3), elements=few_levels | st.just(1))


@given(images, st.booleans())
def test_levels_of_8_bits_are_those_of_any_whole_numbers(
    image: NDArray[np.uint8], convert_range: bool
) -> None:
    found = as_pixels(image, convert_range=convert_range)
    plain = as_pixels(image.astype(np.int32), convert_range=convert_range)
    assert found.dtype == plain.dtype == np.uint8
    np.testing.assert_array_equal(found, plain)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@given(data=st.data())
def test_a_frame_is_gray_if_its_channels_differ_by_a_tinge(
    dtype: type[Any], data: st.DataObject
) -> None:
    white = np.iinfo(dtype).max
    levels = st.integers(0, white) | st.integers(0, 20)
    image = data.draw(arrays.arrays(dtype, (2, 2, 3), elements=levels))
    apart = max(abs(int(a) - int(b)) for a, b in image[..., [0, -1]].reshape(-1, 2))
    if apart * 16 > white:
        with pytest.raises(ImageError, match="has colours"):
            check_gray(image)
    else:
        check_gray(image)
