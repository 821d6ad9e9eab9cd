"""How far an audit is: one line that is rewritten on a terminal, one line for each fit in a log."""

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

    def finished(self, results):
        """Tell of more fits: outcomes or failures, by trial."""
        self.done += len(results)
        self.new += len(results)
        elapsed = time.monotonic() - self.started
        remaining = elapsed / self.new * max(0, self.total - self.done)
        self._say(
            f"{self.done}/{self.total} fits, {_clock(elapsed)} elapsed, {_clock(remaining)} remaining; {_told(results)}"
        )

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


def _told(results):
    """What is said of fits that were finished together."""
    models = dict.fromkeys(trial.key.model for trial in results)
    epsilons = sorted({trial.key.epsilon for trial in results})
    errors = sorted({outcome.error for outcome in results.values() if hasattr(outcome, "error")})
    said = f"{', '.join(models)}, epsilon {', '.join(f'{epsilon:g}' for epsilon in epsilons)}"
    return said + "".join(f", FAILED: {error}" for error in errors)
