"""The `frontdesk` command, thin over the rest."""

import os
import sys

_INTERRUPTED = 130


def main() -> None:
    """Run the command line. A mistake that a person can mend is one line and status 1, never a traceback."""
    _keep_places()
    if sys.stdout is None:
        # Said before anything is done: what changes a book is not to do it unheard.
        print("frontdesk: standard output is closed, so nothing was done", file=sys.stderr)
        sys.exit(1)
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
        _drop_output()
        print(f"frontdesk: {_told(error)}", file=sys.stderr)
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


def _keep_places() -> None:
    """Where standard input or error is closed, fill its place: the next file that is opened, a book's, would get it."""
    for number in (0, 2):
        try:
            os.fstat(number)
        except OSError:
            nothing = os.open(os.devnull, os.O_RDWR)
            if nothing != number:  # standard output is closed, too
                os.dup2(nothing, number)
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - open as long as the process


def _told(error: OSError) -> str:
    """What went wrong: with the output, unless the error names a file."""
    words = error.strerror or str(error)
    if error.filename is None:
        return f"the output cannot be written: {words}"
    return f"{os.fsdecode(error.filename)}: {words}"


def _tell_notes(error: BaseException) -> None:
    """Say what failed besides, such as an audit record that could not be written."""
    for note in getattr(error, "__notes__", ()):
        print(f"frontdesk: {note}", file=sys.stderr)


def _drop_output() -> None:
    """Send the rest nowhere: Python would complain once more when it flushes at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
