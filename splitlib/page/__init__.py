"""Pages: HTML files that open from disk, with everything inlined."""
