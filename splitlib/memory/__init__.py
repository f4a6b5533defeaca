"""What memory alone would score: held-out frames with the labels of their training neighbours."""
