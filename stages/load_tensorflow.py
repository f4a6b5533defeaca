"""Loads tensorflow for a stage, before anything else does: quietly, or with what to install.

A stage imports this module first. `stages.command.run` would come too late for the message: the
imports of the stage fail before it.
"""

from splitlib.errors import MissingExtraError

try:
    import splitlib.inputs.graph.quiet_tensorflow  # noqa: F401
except MissingExtraError as err:
    msg = f"error: {err}"
    raise SystemExit(msg) from None
