"""What is done to examples on their way into a model, one step per file, each from dict to dict.

Points are (x, y) in pixels; (0, 0) is the centre of the first pixel; a missing node is NaN.
"""
