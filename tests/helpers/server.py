"""A web server of one folder, with or without byte ranges."""

import contextlib
import functools
import http.server
import re
import threading
from pathlib import Path


class _Handler(http.server.SimpleHTTPRequestHandler):
    ranges = True
    asked: list[str]

    def log_message(self, *_):
        self.asked.append(self.path)

    def do_GET(self):
        self._give(body=True)

    def do_HEAD(self):
        self._give(body=False)

    def _give(self, *, body):
        file = Path(self.translate_path(self.path))
        if not file.is_file() or not self.ranges:
            return super().do_GET() if body else super().do_HEAD()
        data = file.read_bytes()
        wanted = re.match(r"bytes=(\d+)-(\d*)", self.headers.get("Range") or "")
        self.send_response(206 if wanted else 200)
        if wanted:
            first = int(wanted[1])
            last = min(int(wanted[2] or len(data) - 1), len(data) - 1)
            self.send_header("Content-Range", f"bytes {first}-{last}/{len(data)}")
            data = data[first : last + 1]
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if body:
            self.wfile.write(data)
        return None


@contextlib.contextmanager
def serving(folder, *, ranges=True, handler=_Handler):
    """Give the address of the folder, and the list of paths that are asked for."""
    asked = []
    kind = type("Handler", (handler,), {"ranges": ranges, "asked": asked})
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(kind, directory=str(folder))
    )
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
