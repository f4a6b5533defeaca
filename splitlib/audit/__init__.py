"""The audit of splits: what is wrong with them, from the files alone, whoever made them."""
