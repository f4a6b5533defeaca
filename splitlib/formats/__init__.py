"""Labels of other formats: which format a file has, reading it, and writing it as a .slp file.

sleap-io reads the formats. The modules here do what it leaves out: they find every picture, name
all that are missing, and refuse what sleap-io would read as something else.
"""
