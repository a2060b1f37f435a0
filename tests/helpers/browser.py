"""A headless Chromium that is spoken to through a pipe: no driver, no port, no library."""

import base64
import contextlib
import fcntl
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome", "headless_shell")
#: The browser looks for its pipe at 3 and 4.
START = (
    "import os, sys; os.dup2(int(sys.argv[1]), 3); os.dup2(int(sys.argv[2]), 4); "
    "os.execv(sys.argv[3], sys.argv[3:])"
)
KEYS = {"ArrowUp": 38, "ArrowDown": 40, "ArrowLeft": 37, "ArrowRight": 39, "Tab": 9, "End": 35}
KEYS |= {"+": 187, "-": 189, "0": 48}


def find_browser() -> str | None:
    """The first browser that is installed."""
    return next(filter(None, map(shutil.which, NAMES)), None)


class Browser:
    """One page, by the DevTools protocol; messages end with a zero byte on file descriptors 3, 4.

    Attributes
    ----------
    console : list of str
        What the page wrote, and errors that it did not catch.
    requests : list of str
        Addresses asked for.
    """

    def __init__(self, program: str, folder: str) -> None:
        self.console, self.requests, self.number, self.rest = [], [], 0, b""
        down, up = os.pipe(), os.pipe()
        # Numbers that the two of the browser cannot hide.
        theirs = [fcntl.fcntl(end, fcntl.F_DUPFD, 10) for end in (down[0], up[1])]
        options = [
            "--headless=new", "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu",
            "--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking",
            f"--user-data-dir={folder}", "about:blank",
        ]  # fmt: skip
        self.process = subprocess.Popen(
            [sys.executable, "-c", START, *map(str, theirs), program, *options],
            pass_fds=theirs, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        for end in (down[0], up[1], *theirs):
            os.close(end)
        self.write, self.read, self.session = down[1], up[0], None
        os.set_blocking(self.read, False)
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        found = self.send("Target.attachToTarget", targetId=target, flatten=True)
        self.session = found["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.send(f"{domain}.enable")

    def send(self, method: str, **parameters):
        """Call a method and wait for its answer."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.write, json.dumps(message).encode() + b"\0")
        return self._answer(self.number)

    def _answer(self, number: int, seconds: float = 60.0):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for message in self._messages():
                if message.get("id") == number:
                    assert "error" not in message, message["error"]
                    return message["result"]
            time.sleep(0.005)
        raise TimeoutError(number)

    def _messages(self):
        with contextlib.suppress(BlockingIOError):
            while part := os.read(self.read, 2**20):
                self.rest += part
        *whole, self.rest = self.rest.split(b"\0")
        messages = [json.loads(each) for each in whole]
        for message in messages:
            self._note(message.get("method"), message.get("params", {}))
        return messages

    def _note(self, method, about):
        if method == "Runtime.consoleAPICalled":
            self.console.append(" ".join(str(each.get("value")) for each in about["args"]))
        elif method == "Runtime.exceptionThrown":
            self.console.append(json.dumps(about["exceptionDetails"]))
        elif method == "Log.entryAdded":
            self.console.append(about["entry"]["text"])
        elif method == "Network.requestWillBeSent":
            self.requests.append(about["request"]["url"])

    def show(self, width: int, height: int = 900, *, dark: bool = False) -> None:
        """Set the size of the window and the wanted colours."""
        self.send(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=1, mobile=width < 600,
        )  # fmt: skip
        wanted = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.send("Emulation.setEmulatedMedia", features=wanted)

    def open(self, path: Path, ready: str) -> None:
        """Load a file and wait until an expression is true."""
        self.send("Page.navigate", url=path.resolve().as_uri())
        self.wait(ready)

    def run(self, expression: str):
        """Value of an expression in the page."""
        found = self.send(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def wait(self, expression: str, seconds: float = 60.0) -> None:
        """Wait until an expression is true."""
        end = time.monotonic() + seconds
        while not self.run(expression):
            assert time.monotonic() < end, f"{expression} stays false; console: {self.console}"
            time.sleep(0.02)

    def press(self, key: str, *, times: int = 1, shift: bool = False) -> None:
        """Press a key of the keyboard."""
        about = {"key": key, "code": key, "windowsVirtualKeyCode": KEYS[key]}
        about["modifiers"] = 8 if shift else 0
        for _ in range(times):
            self.send("Input.dispatchKeyEvent", type="rawKeyDown", **about)
            self.send("Input.dispatchKeyEvent", type="keyUp", **about)

    def mouse(self, kind: str, x: float, y: float, *, clicks: int = 1) -> None:
        """Move the mouse ("mouseMoved"), press or release it."""
        held = kind != "mouseMoved"
        self.send(
            "Input.dispatchMouseEvent", type=kind, x=x, y=y,
            button="left" if held else "none", clickCount=clicks * held,
        )  # fmt: skip

    def drag(self, *places: tuple[float, float]) -> None:
        """Press the mouse at the first place, move it along the others, release it at the last."""
        self.mouse("mousePressed", *places[0])
        for place in places[1:]:
            self.mouse("mouseMoved", *place)
        self.mouse("mouseReleased", *places[-1])

    def wheel(self, x: float, y: float, turned: float) -> None:
        """Turn the wheel of the mouse: up (away from the hand) is negative [px]."""
        self.send("Input.dispatchMouseEvent", type="mouseWheel", x=x, y=y, deltaX=0, deltaY=turned)

    def touch(self, kind: str, *places: tuple[float, float]) -> None:
        """Put fingers down ("touchStart"), move ("touchMove") or lift ("touchEnd") them."""
        points = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(places)]
        self.send("Input.dispatchTouchEvent", type=kind, touchPoints=points)

    def picture(self, path: Path, *, whole: bool = True) -> None:
        """Save a PNG."""
        found = self.send("Page.captureScreenshot", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(found["data"]))

    def close(self) -> None:
        """End the browser."""
        with contextlib.suppress(OSError, AssertionError, TimeoutError):
            self.session = None
            os.write(self.write, b'{"id":0,"method":"Browser.close"}\0')
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        os.close(self.write)
        os.close(self.read)


@contextlib.contextmanager
def opened():
    """A browser for the time of a test."""
    program = find_browser()
    if program is None:
        pytest.skip(f"no browser is here ({', '.join(NAMES)})")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        browser = Browser(program, folder)
        try:
            yield browser
        finally:
            browser.close()
