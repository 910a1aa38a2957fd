"""One line a check, and those of one run together, whatever else runs meanwhile."""

import sys
import threading
import traceback

_printing = threading.Lock()


class Report:
    """The checks of one run."""

    def __init__(self, label):
        self._label = label
        self._lines = []

    def check(self, what, holds):
        try:
            holds()
        except Exception:
            self.failed(what)
        else:
            self._lines.append(f"ok      {self._label}: {what}")

    def failed(self, what):
        self._lines.append(f"FAILED  {self._label}: {what}\n{_why()}")

    def show(self):
        with _printing:
            print("\n".join(self._lines), flush=True)


def _why():
    """The exception at hand, and the place it came from."""
    _, error, trace = sys.exc_info()
    place = traceback.extract_tb(trace)[-1]
    return f"{place.filename}:{place.lineno}: {type(error).__name__}: {error}\n"


def equal(found, expected):
    assert found == expected, f"{found} is not {expected}"
