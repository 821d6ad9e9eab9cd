"""Calls in processes of their own, which can be ended: one that dies or hangs costs its own call alone."""

import pickle
import signal
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from math import inf
from multiprocessing.connection import wait

from joblib import cpu_count
from joblib.externals.loky.backend.context import get_context
from joblib.externals.loky.backend.reduction import dumps  # what the interpreter alone knows travels too
from joblib.externals.loky.backend.utils import kill_process_tree
from sklearn import config_context, get_config
from threadpoolctl import threadpool_limits

_PATIENCE = 5  # seconds for a process to end that has been asked to
_BEGUN = b""  # what a process says when it has a call in hand


@dataclass(frozen=True)
class Lost:
    """A call that gave no result.

    Attributes
    ----------
    why : str
        What became of its process; empty if it was ended for taking too long.
    """

    why: str = ""


def call_in_workers(function, calls, n_workers, limits=None):
    """Call a function in several processes, each of which has one call at a time.

    Nothing is shared: one loop listens to pipes and to the ends of processes. There are no threads, and no queue or
    lock that a process could take to its death.

    Parameters
    ----------
    function : callable
        Of one argument. It travels once to each process, with whatever it holds, and need not be importable.
    calls : sequence
        Arguments.
    n_workers : int
        Processes at a time, at most.
    limits : sequence of float, default=None
        Seconds that each call may take, without the start of its process; None lets all take as long as they like.

    Yields
    ------
    number : int
        Position of a call; in the order in which they are finished.
    result : object or Lost
        What came of it.
    """
    if not calls:
        return
    n_workers = min(n_workers, len(calls))
    n_threads = max(1, cpu_count() // n_workers)
    sent = dumps(function)
    waiting = deque((number, call, limits[number] if limits else inf) for number, call in enumerate(calls))
    workers: list = []
    try:
        while workers or waiting:
            hired = [_Worker(n_threads) for _ in range(min(n_workers - len(workers), len(waiting)))]
            workers += hired  # all start before one is waited for
            for worker in hired:
                worker.send(sent)
                worker.give(*waiting.popleft())
            for worker in _ready(workers):
                message = worker.listen()
                if message == _BEGUN:
                    continue
                yield worker.number, message if isinstance(message, Lost) else _unpacked(message)
                if waiting and not isinstance(message, Lost):
                    worker.give(*waiting.popleft())
                else:
                    workers.remove(worker)
                    worker.end(at_once=isinstance(message, Lost))
    finally:
        for worker in workers:
            worker.end(at_once=True)


def _ready(workers):
    """Wait until one has something to say, is gone, or has used up its time."""
    seconds = min(worker.ends_at for worker in workers) - time.monotonic()
    heard = wait(
        [part for worker in workers for part in (worker.pipe, worker.process.sentinel)],
        None if seconds == inf else max(0.0, seconds),
    )
    now = time.monotonic()
    return [w for w in workers if w.pipe in heard or w.process.sentinel in heard or w.ends_at <= now]


def _unpacked(message):
    try:
        return pickle.loads(message)
    except Exception as error:
        return Lost(f"what it gave back cannot be read: {type(error).__name__}: {error}")


class _Worker:
    """A process with one call in hand."""

    def __init__(self, n_threads):
        context = get_context("loky")  # no fork of a process that has threads, and no second run of the user's script
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(theirs, n_threads, get_config()))
        self.process.start()
        theirs.close()
        self.number, self.limit, self.ends_at = None, inf, inf

    def send(self, message):
        """Send bytes. Where nobody is left to take them, listening will tell."""
        with suppress(OSError):
            self.pipe.send_bytes(message)

    def give(self, number, call, limit):
        """Give the next call; its time runs as soon as the process says that it has it."""
        self.number, self.limit, self.ends_at = number, limit, inf
        self.send(dumps(call))

    def listen(self):
        """Return what there is to hear: that the call was begun, its result in bytes, or that it is lost."""
        try:
            if self.pipe.poll():
                message = self.pipe.recv_bytes()
                self.ends_at = time.monotonic() + self.limit
                return message
        except (EOFError, OSError):
            pass  # it died: with its last words half spoken, or none
        if self.ends_at <= time.monotonic():
            return Lost()
        self.process.join(_PATIENCE)
        code = self.process.exitcode
        return Lost(f"signal {signal.Signals(-code).name}" if code and code < 0 else f"exit status {code}")

    def end(self, at_once):
        """End the process; one that has nothing to do ends by itself when its pipe is closed."""
        if at_once:
            kill_process_tree(self.process)  # fits may have processes of their own
        self.pipe.close()
        self.process.join(_PATIENCE)
        if self.process.exitcode is None:
            kill_process_tree(self.process)


def _serve(pipe, n_threads, config):
    """What runs in a process: calls until the pipe is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # it reaches the audit as well, which ends this
    with config_context(**config):
        function = pickle.loads(pipe.recv_bytes())
        with threadpool_limits(n_threads):
            while True:
                try:
                    call = pickle.loads(pipe.recv_bytes())
                except EOFError:
                    return
                pipe.send_bytes(_BEGUN)
                pipe.send_bytes(_answer(function, call))


def _answer(function, call):
    result = function(call)
    try:
        return dumps(result)
    except Exception as error:
        return dumps(Lost(f"what it gave back cannot be sent: {type(error).__name__}: {error}"))
