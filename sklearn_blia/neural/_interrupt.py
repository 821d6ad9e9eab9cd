"""Tell the user's Ctrl-C from a callback's wish to stop."""

import signal
import threading
from contextlib import contextmanager


@contextmanager
def ctrl_c_noted():
    """Note whether the interrupt signal arrives in the block.

    skorch's callbacks stop a training by raising KeyboardInterrupt, as Ctrl-C does; the exceptions look the
    same. The signal's own handler runs as before.

    Yields
    ------
    threading.Event
        Set from the moment of the signal on. Never set outside the main thread, where no signal arrives.
    """
    noted = threading.Event()
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(before):
        yield noted
        return

    def note(number, frame):
        noted.set()
        return before(number, frame)

    signal.signal(signal.SIGINT, note)
    try:
        yield noted
    finally:
        signal.signal(signal.SIGINT, before)
