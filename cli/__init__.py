"""The `frontdesk` command, thin over the rest."""

import os
import sys

_INTERRUPTED = 130


def main() -> None:
    """Run the command line. A mistake that a person can mend is one line and status 1, never a traceback."""
    try:
        _run()
    except KeyboardInterrupt as error:
        _tell_notes(error)
        sys.exit(_INTERRUPTED)
    except BrokenPipeError as error:
        _drop_output()  # whoever read it has had enough
        _tell_notes(error)
        sys.exit(1)
    except OSError as error:
        # Files are opened where their names can be told; what is left is the output.
        _drop_output()
        print(f"frontdesk: the output cannot be written: {error.strerror}", file=sys.stderr)
        _tell_notes(error)
        sys.exit(1)


def _run() -> None:
    # Imported here, so that Ctrl-C while Python reads files is no traceback either.
    from frontdesk.cli.app import app  # noqa: PLC0415
    from frontdesk.policy import FrontdeskError  # noqa: PLC0415

    try:
        try:
            app()
        finally:
            sys.stdout.flush()
    except FrontdeskError as error:
        print(f"frontdesk: {error}", file=sys.stderr)
        _tell_notes(error)
        sys.exit(1)


def _tell_notes(error: BaseException) -> None:
    """Say what failed besides, such as an audit record that could not be written."""
    for note in getattr(error, "__notes__", ()):
        print(f"frontdesk: {note}", file=sys.stderr)


def _drop_output() -> None:
    """Send the rest nowhere: Python would complain once more when it flushes at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
