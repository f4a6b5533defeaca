"""The frames of a split as TFRecord files, and back."""
