"""Deciding a split: from params and labels to the split of each frame, and the files of a split."""
