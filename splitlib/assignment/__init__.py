"""From params and the columns of examples to the split of each."""
