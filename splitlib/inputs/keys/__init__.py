"""Names: renaming keys of examples, checking them against a model, writing maps that fit."""
