"""What the graphs of datasets are made with: tensors they refer to, and the hash of splits."""
