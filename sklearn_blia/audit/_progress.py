"""How far a sweep is: one line that is rewritten on a terminal, one line for each fit in a log."""

import sys
import time


class Progress:
    """Tell of finished fits on standard error.

    Parameters
    ----------
    total : int
        Fits in all.
    verbose : bool or int
        Whether to tell anything.
    """

    def __init__(self, total, verbose):
        self.total, self.verbose = total, verbose
        self.done = self.new = 0
        self.started = time.monotonic()
        self.on_terminal = bool(verbose) and sys.stderr.isatty()

    def stored(self, count):
        """Tell of fits that an earlier run had finished."""
        self.done += count
        if count:
            self._say(f"{count} of {self.total} fits are stored already")

    def finished(self, count, what):
        """Tell of so many more fits."""
        self.done += count
        self.new += count
        elapsed = time.monotonic() - self.started
        remaining = elapsed / self.new * (self.total - self.done)
        self._say(f"{self.done}/{self.total} fits, {_clock(elapsed)} elapsed, {_clock(remaining)} remaining; {what}")

    def close(self):
        """End the line on a terminal."""
        if self.on_terminal and self.done:
            print(file=sys.stderr)

    def _say(self, text):
        if not self.verbose:
            return
        if self.on_terminal:
            width = 20
            full = width * self.done // self.total
            print(f"\r\033[K[{'#' * full}{'.' * (width - full)}] {text}", end="", file=sys.stderr, flush=True)
        else:
            print(text, file=sys.stderr, flush=True)


def _clock(seconds):
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
