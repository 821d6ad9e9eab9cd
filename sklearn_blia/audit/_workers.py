"""Calls in processes of their own, which can be ended: one that dies or hangs costs its own call alone."""

import os
import pickle
import signal
import threading
import time
import warnings
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

_PATIENCE = 5  # seconds for a process to end that has been asked to
_LOOK = 1.0  # seconds between two looks at who is alive: a child that a fit has forked keeps pipes open
_BEGUN = b""  # what a process says when it has a call in hand
# What numerical libraries take their number of threads from, where the user has not set it.
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS", "NUMEXPR_NUM_THREADS")


@dataclass(frozen=True)
class Lost:
    """A call that gave no result.

    Attributes
    ----------
    why : str
        What became of it.
    died : bool
        Whether its process did, by itself.
    begun : bool
        Whether the call had been begun.
    """

    why: str
    died: bool = False
    begun: bool = True


def call_in_workers(function, calls, n_workers, limits=None):
    """Call a function in several processes, each of which has one call at a time.

    Nothing is shared: one loop listens to pipes and looks who is alive. There are no threads, and no queue or lock that
    a process could take to its death. Whatever the function holds is copied to each process.

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
    try:
        sent = dumps((function, get_config(), warnings.filters))
        waiting = deque((i, dumps(call), limits[i] if limits else inf) for i, call in enumerate(calls))
    except Exception as error:
        told = Lost(f"It cannot be sent to a worker process: {type(error).__name__}: {error}")
        yield from ((number, told) for number in range(len(calls)))
        return
    n_workers = min(n_workers, len(calls))
    workers: list = []
    ended: list = []
    try:
        while workers or waiting:
            hired = []
            while waiting and len(workers) < n_workers:  # all start before one is waited for
                workers.append(_Worker(max(1, cpu_count() // n_workers)))
                hired.append((workers[-1], waiting.popleft()))
            for worker, call in hired:
                worker.send(sent)
                worker.give(*call)
            for worker in _ready(workers):
                message = worker.listen()
                if message is None or message == _BEGUN:
                    continue
                if not waiting or isinstance(message, Lost):
                    workers.remove(worker)
                    ended.append(worker)
                    worker.end(at_once=isinstance(message, Lost))
                number = worker.number
                if worker in workers:
                    worker.give(*waiting.popleft())
                yield number, message if isinstance(message, Lost) else _unpacked(message)
    finally:
        for worker in workers:
            worker.end(at_once=True)  # all of them before one is waited for, which may be interrupted
        for worker in [*workers, *ended]:
            worker.process.join(_PATIENCE)
            if worker.process.exitcode is None:
                worker.kill()


def _ready(workers):
    """Wait until one has something to say, is gone, or has used up its time; or for a moment."""
    seconds = min(worker.ends_at for worker in workers) - time.monotonic()
    parts = [part for worker in workers for part in (worker.pipe, worker.process.sentinel)]
    heard = wait(parts, min(max(0.0, seconds), _LOOK))
    now = time.monotonic()
    return [w for w in workers if w.pipe in heard or w.process.exitcode is not None or w.ends_at <= now]


def _unpacked(message):
    try:
        return pickle.loads(message)
    except Exception as error:
        return Lost(f"What it gave back cannot be read: {type(error).__name__}: {error}")


class _Worker:
    """A process with one call in hand."""

    def __init__(self, n_threads):
        context = get_context("loky")  # no fork of a process that has threads, and no second run of the user's script
        self.pipe, theirs = context.Pipe()
        threads = {name: str(n_threads) for name in _THREADS if name not in os.environ}
        self.process = context.Process(target=_serve, args=(theirs, os.getpid()), env=threads)
        self.process.start()
        theirs.close()
        self.number, self.limit, self.ends_at, self.begun = None, inf, inf, False

    def send(self, message):
        """Send bytes. Where nobody is left to take them, listening will tell."""
        with suppress(OSError):
            self.pipe.send_bytes(message)

    def give(self, number, call, limit):
        """Give the next call, in bytes; its time runs as soon as the process says that it has it."""
        self.number, self.limit, self.ends_at, self.begun = number, limit, inf, False
        self.send(call)

    def listen(self):
        """Return what there is to hear: that the call was begun, its result in bytes, or that it is lost."""
        gone = self.process.exitcode  # before the last look at the pipe, which may hold its last words
        try:
            if self.pipe.poll():
                message = self.pipe.recv_bytes()
                self.ends_at, self.begun = time.monotonic() + self.limit, True
                return message
        except (EOFError, OSError):
            self.process.join(_LOOK)
            gone = self.process.exitcode
        if self.ends_at <= time.monotonic():
            return Lost(f"The fit was ended after {self.limit:g} seconds.")
        if gone is None:
            return None
        return Lost(f"The worker process died ({_signal(gone)}).", died=True, begun=self.begun)

    def end(self, at_once):
        """End the process, without waiting for it; one that has nothing to do ends when its pipe is closed."""
        if at_once:
            self.kill()
        self.pipe.close()

    def kill(self):
        """End the process and all that it has started, which may live on after it."""
        with suppress(OSError):
            if hasattr(os, "killpg"):
                os.killpg(self.process.pid, signal.SIGKILL)
        if self.process.exitcode is None:
            kill_process_tree(self.process)


def _signal(code):
    if code >= 0:
        return f"exit status {code}"
    known = {int(one): one.name for one in signal.Signals}
    return f"signal {known.get(-code, -code)}"


def _serve(pipe, parent):
    """What runs in a process: calls until the pipe is closed, or nobody is left to take the results."""
    if hasattr(os, "setsid"):
        os.setsid()  # a group that can be ended as a whole, and that no Ctrl-C reaches
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    own = os.getpid()
    with suppress(EOFError, OSError):
        function, config, filters = _loaded(pipe)
        with config_context(**config), warnings.catch_warnings():
            warnings.filters = filters
            while True:
                call = pickle.loads(pipe.recv_bytes())
                pipe.send_bytes(_BEGUN)
                answer = _answer(function, call)
                if os.getpid() != own:
                    os._exit(0)  # a child that the call has forked, and that went on as if it were its parent
                pipe.send_bytes(answer)


def _loaded(pipe):
    try:
        return pickle.loads(pipe.recv_bytes())
    except EOFError:
        raise
    except Exception as error:
        told = Lost(f"It cannot be read in a worker process: {type(error).__name__}: {error}")
        return (lambda call: told), {}, warnings.filters


def _answer(function, call):
    try:
        return dumps(function(call))
    except Exception as error:
        return dumps(Lost(f"What it gave back cannot be sent: {type(error).__name__}: {error}"))


def _end_with(parent):
    """A fit that never ends would outlive an audit that was killed."""
    while os.getppid() == parent:
        time.sleep(_LOOK)
    if hasattr(os, "killpg"):
        os.killpg(os.getpid(), signal.SIGKILL)
    os._exit(1)
