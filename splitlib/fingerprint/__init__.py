"""Fingerprints of the files that decide results, so that an edit of one re-runs what it affects."""
