"""`python -m splitlib.commands`: the command line, where `splitlib` is not on the path."""

import sys

from splitlib.commands.main import main

sys.exit(main())
