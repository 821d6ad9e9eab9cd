"""Small files in the official forms, and a server that misbehaves on demand."""

import gzip
import hashlib
import http.server
import io
import json
import struct
import tarfile
import threading
import time
from contextlib import suppress
from dataclasses import replace

import numpy as np
import pytest


class Handler(http.server.BaseHTTPRequestHandler):
    """Serves `server.files`; `server.troubles` holds what goes wrong, one trouble a request."""

    def do_GET(self):
        server = self.server
        content = server.files.get(self.path.lstrip("/"))
        start = int(self.headers.get("Range", "bytes=0-").removeprefix("bytes=").rstrip("-"))
        server.requests.append((self.path, start))
        trouble = server.troubles.pop(0) if server.troubles else None
        if trouble in ("busy", "beyond"):
            self.send_error(503 if trouble == "busy" else 416)
            return
        if content is None:
            self.send_error(404)
            return
        if start and server.ranges:
            self.send_response(206)
        else:
            self.send_response(200)
            start = 0
        lengths = {"huge": str(10**13), "words": "many"}
        self.send_header("Content-Length", lengths.get(trouble, str(len(content) - start)))
        self.end_headers()
        if trouble == "cut":
            self.wfile.write(content[start : start + (len(content) - start) // 2])
            self.wfile.flush()
            self.connection.close()
            return
        if trouble == "drip":
            with suppress(OSError):  # the other side hangs up
                for byte in content[start:]:
                    self.wfile.write(bytes([byte]))
                    self.wfile.flush()
                    time.sleep(0.01)
            return
        self.wfile.write(content[start:])

    def log_message(self, *args):
        pass


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.files, server.troubles, server.requests, server.ranges = {}, [], [], True
    server.url = f"http://127.0.0.1:{server.server_port}/"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def publish(server):
    """Serve a content as if it were the published file: same name, its own checksum."""

    def publish(file, content):
        name = file.name.rsplit("/", 1)[-1]
        server.files[name] = content
        return replace(file, checksum="md5:" + hashlib.md5(content).hexdigest(), url=server.url + name)

    return publish


def census(n_rows, test=False):
    row = (
        "{age}, State-gov, 77516, Bachelors, 13, Never-married, ?, Not-in-family, White, Male, 2174, 0, 40, Cuba, {pay}"
    )
    rows = [
        row.format(age=20 + i, pay=(">50K" if i % 4 == 0 else "<=50K") + ("." if test else "")) for i in range(n_rows)
    ]
    return (("|1x3 Cross validator\n" if test else "") + "\n".join(rows) + "\n\n").encode()


def idx(array):
    return gzip.compress(struct.pack(f">I{array.ndim}I", 0x0800 + array.ndim, *array.shape) + array.tobytes())


def cifar(labels, seed=0):
    """Records whose first red, green and blue values are 1, 2 and 3."""
    labels = np.asarray(labels, np.uint8).reshape(len(labels), -1)
    pixels = np.random.RandomState(seed).randint(256, size=(len(labels), 3, 1024)).astype(np.uint8)
    pixels[:, :, 0] = [1, 2, 3]
    return np.concatenate([labels, pixels.reshape(len(labels), -1)], axis=1).tobytes()


def tar(**members):
    """A gzipped tar; a value that is a TarInfo goes in as it is."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, content in members.items():
            if isinstance(content, tarfile.TarInfo):
                archive.addfile(content)
                continue
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


def devign(n_rows):
    return json.dumps(
        [{"project": "qemu", "commit_id": "a", "target": i % 2, "func": f"int f{i}(void);"} for i in range(n_rows)]
    )
