"""A screen that nobody sees, with a mouse and a keyboard; and its pixels. Needs Xvfb and xdotool."""

import os
import shlex
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

WIDTH, HEIGHT = 1600, 1000


class NoWindow(Exception):
    """No window can be had here; the message says why."""


@dataclass(frozen=True)
class Rect:
    """Pixels of the screen, right and bottom not included."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def centre(self) -> tuple[int, int]:
        return (self.left + self.right) // 2, (self.top + self.bottom) // 2


class VirtualScreen:
    """Positions are pixels from the upper left corner."""

    def __init__(self, folder: Path):
        """The screen's memory and log are files of `folder`."""
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._screen = self._hand = None

    def start(self) -> None:
        """Show an empty screen: the one that REAL_BLENDER_DISPLAY numbers, else the next free one.

        Raises:
            NoWindow: it did not start.
        """
        size = f"{WIDTH}x{HEIGHT}x24"
        command = ["Xvfb", "-displayfd", "1", "-screen", "0", size, "+extension", "GLX", "-nolisten", "tcp"]
        wanted = os.environ.get("REAL_BLENDER_DISPLAY")
        command[1:1] = [f":{wanted}"] if wanted else []
        command += ["-fbdir", str(self.folder)]
        with (self.folder / "screen.log").open("wb") as log:
            self._screen = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log)
        assert self._screen.stdout is not None
        with self._screen.stdout as said:
            self.display = said.readline().decode().strip()
        if not self.display:
            raise NoWindow(f"the virtual screen did not start: {(self.folder / 'screen.log').read_text()[-300:]}")
        self._memory = self.folder / "Xvfb_screen0"

    def stop(self) -> None:
        for process in (self._hand, self._screen):
            if process is not None:
                end(process)
        self._screen = self._hand = None

    def screenshot(self) -> np.ndarray:
        """(H, W, 3) uint8, what is on the screen now."""
        return _picture(self._memory)

    def pixels(self, rect: Rect) -> np.ndarray:
        """(H, W, 3) uint8 of a part of the screen."""
        return self.screenshot()[rect.top : rect.bottom, rect.left : rect.right]

    def hover(self, x: int, y: int) -> None:
        self._xdotool("mousemove", x, y)

    def click(self, x: int, y: int, button: int = 1) -> None:
        self.hover(x, y)
        time.sleep(0.1)  # a button must know that the mouse is on it
        self._xdotool("click", button)

    def drag(self, start: tuple[int, int], end: tuple[int, int]) -> None:
        self.hover(*start)
        time.sleep(0.1)
        self._xdotool("mousedown", 1)
        for part in np.linspace(0.1, 1.0, 10):
            x, y = (round(a + (b - a) * part) for a, b in zip(start, end, strict=True))
            self.hover(x, y)
            time.sleep(0.02)
        self._xdotool("mouseup", 1)

    def key(self, *keys: str) -> None:
        """E.g. `key("ctrl+z")`; goes to the area under the mouse."""
        self._xdotool("key", *keys)

    def type(self, text: str) -> None:
        self._xdotool("type", "--delay", 30, text)

    def scroll(self, x: int, y: int, steps: int) -> None:
        """Turn the wheel: down for steps above 0."""
        self.hover(x, y)
        self._xdotool("click", "--repeat", abs(steps), "--delay", 20, 5 if steps > 0 else 4)

    def _xdotool(self, *arguments) -> None:
        """Returns when it is done. One process does it all: to start one takes longer than to move the mouse."""
        if self._hand is None:
            environment = {**os.environ, "DISPLAY": f":{self.display}"}
            self._hand = subprocess.Popen(
                ["stdbuf", "-oL", "xdotool", "-"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                bufsize=1,
                env=environment,
            )
        assert self._hand.stdin is not None and self._hand.stdout is not None
        self._hand.stdin.write(shlex.join(map(str, arguments)) + "\ngetmouselocation\n")
        answer = self._hand.stdout.readline()
        assert answer.startswith("x:"), f"xdotool {arguments} failed: {answer}"


def end(process: subprocess.Popen) -> None:
    """Ask a process to end, and see to it."""
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _picture(frame_buffer: Path) -> np.ndarray:
    """The virtual screen's memory, which is an XWD file: a header of big-endian words, colours, rows of BGRX."""
    content = np.memmap(frame_buffer, np.uint8, "r")
    header = content[:100].view(">u4")
    size, width, height, row_bytes, colours = (int(header[index]) for index in (0, 4, 5, 12, 19))
    start = size + colours * 12
    rows = content[start : start + height * row_bytes].reshape(height, row_bytes // 4, 4)
    return np.array(rows[:, :width, 2::-1])
