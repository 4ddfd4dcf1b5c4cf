"""A real Blender in a real window on a virtual screen, driven by mouse and keyboard, and seen by its pixels.

    with RealWindow(folder) as window:
        window.run("bpy.ops.mesh.primitive_cube_add()")
        frames = window.ask("bpy.context.scene.frame_end")
        window.click_button(window.region("SEQUENCE_EDITOR", "UI"), "emogene.plan")
        before = window.pixels(window.region("SEQUENCE_EDITOR", "WINDOW"))

Needs a virtual screen, and `shared/tools/real-blender` or a `blender` on PATH.
"""

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
from PIL import Image
from shared_folder import SHARED
from virtual_screen import HEIGHT, WIDTH, NoWindow, Rect, VirtualScreen, end

TOOL = SHARED / "tools" / "real-blender"
TOOL_PLACE = Path(os.environ.get("REAL_BLENDER_PLACE", "/var/cache/real-blender"))
INSIDE = Path(__file__).parent / "blender"
ROW = 20
"""Height of a row of buttons at Blender's ordinary size."""
PATIENCE_SECONDS = 60.0


def blender_command() -> list[str]:
    """How to start a Blender that has a window.

    Raises:
        NoWindow: there is none here, or no virtual screen for it.
    """
    for program in ("Xvfb", "xdotool"):
        if shutil.which(program) is None:
            raise NoWindow(f"{program} is not installed")
    if TOOL.is_file() and os.geteuid() == 0:
        if not (TOOL_PLACE / "ready").exists():
            raise NoWindow(f"the window's Blender is not installed: run '{TOOL.name} setup'")
        if subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False).returncode != 0:
            raise NoWindow(f"{TOOL.name} may not mount folders on this machine")
        return [str(TOOL), "run", "--"]
    if (blender := shutil.which("blender")) is not None:
        return [blender]
    raise NoWindow("there is no Blender with a window: neither shared/tools/real-blender nor blender on PATH")


class RealWindow(VirtualScreen):
    """One Blender and the screen that it is alone on; both end with the `with`, whatever happens."""

    def __init__(self, folder: Path):
        """Settings, extensions and all else of this Blender go into `folder`."""
        super().__init__(folder)
        self._command = blender_command()
        self._found: dict[str, tuple[int, int]] = {}
        self._blender = self._channel = self._answers = None

    def __enter__(self) -> "RealWindow":
        try:
            self.start()
            self._start_blender()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *exception) -> None:
        self.stop()

    def stop(self) -> None:
        for channel in (self._answers, self._channel):
            if channel is not None:
                channel.close()
        if self._blender is not None:
            end(self._blender)
        super().stop()

    def log(self) -> str:
        """What Blender printed."""
        return (self.folder / "blender.log").read_text(encoding="utf-8", errors="replace")

    # Python inside Blender

    def run(self, code: str) -> None:
        """Run statements on Blender's main thread; names stay for later calls."""
        self._ask(code, "None")

    def run_file(self, path: Path) -> None:
        """Run a file there; its names stay for later calls."""
        self.run(path.read_text(encoding="utf-8"))

    def ask(self, expression: str):
        """The value of an expression, as JSON has it."""
        return self._ask("", expression)

    def wait(self, condition: str, seconds: float = PATIENCE_SECONDS) -> None:
        """Wait until an expression is true."""
        until = time.monotonic() + seconds
        while not self.ask(f"bool({condition})"):
            assert time.monotonic() < until, f"not within {seconds} s: {condition}\n{self.log()[-2000:]}"
            time.sleep(0.05)

    # The screen

    def save(self, path: Path, rect: Rect | None = None) -> None:
        """Write what is on the screen, or a part of it, as a picture; the mouse is put out of it first."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self.hover(WIDTH - 1, HEIGHT - 1)
        self.settled()
        pixels = self.screenshot() if rect is None else self.pixels(rect)
        Image.fromarray(pixels).quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)

    def settled(self, seconds: float = 5.0) -> np.ndarray:
        """The screen once it is drawn and stays as it is; what never rests is taken as it is after `seconds`."""
        self.run("draw()")
        until, last = time.monotonic() + seconds, self.screenshot()
        while time.monotonic() < until:
            time.sleep(0.15)
            now = self.screenshot()
            if np.array_equal(now, last):
                return now
            last = now
        return last

    def see(self, what: Callable[[], bool], words: str, seconds: float = 15.0) -> None:
        """Wait until something is seen: `see(lambda: changed(before, window.pixels(rect)) > 0.1, "the strip")`."""
        until = time.monotonic() + seconds
        while not what():
            assert time.monotonic() < until, f"not seen within {seconds} s: {words}"
            self.settled(1.0)

    def region(self, area: str, region: str = "WINDOW", number: int = 0) -> Rect:
        """Where a region of the n-th largest area of this type is, e.g. `region("VIEW_3D", "UI")` for its sidebar."""
        return self._rect(f"regions_of({area!r}, {region!r})[{number}]")

    def area(self, area: str, number: int = 0) -> Rect:
        return self._rect(f"areas_of({area!r})[{number}]")

    # Buttons

    def button_at(self, x: int, y: int) -> str:
        """The operator call that a button stands for, or the path of its property; empty where there is none."""
        self.hover(x, y)
        time.sleep(0.01)
        return self.ask(f"button_under({x}, {HEIGHT - 1 - y})")

    def find_button(self, region: Rect, words: str, columns: tuple[float, ...] = (0.25, 0.7)) -> tuple[int, int]:
        """A point on the button whose operator call or property path has these words in it.

        Found by moving the mouse over the region, from where the button was found before; scrolls down to it.
        `columns` are the places across the region that are looked at: a narrow button may lie between them.
        """
        height = region.bottom - region.top
        expected = self._found.get(words, (0, region.top + height // 3))[1]
        rows = sorted(range(region.top + ROW // 4, region.bottom, ROW * 3 // 4), key=lambda y: abs(y - expected))
        for _ in range(6):
            seen = set()
            for y in rows:
                for part in columns:
                    point = round(region.left + part * (region.right - region.left)), y
                    seen.add(what := self.button_at(*point))
                    if words in what:
                        self._found[words] = point
                        return point
            before = self.pixels(region)
            self.scroll(*region.centre, 10)
            self.settled()
            if np.array_equal(self.pixels(region), before):
                break
        raise AssertionError(f"there is no button for {words}, only {sorted(seen)}")

    def click_button(self, region: Rect, words: str) -> tuple[int, int]:
        """Find a button and click it with the mouse; returns where it is, for further clicks."""
        point = self.find_button(region, words)
        self.click(*point)
        return point

    def choose_tab(self, area: str, name: str, number: int = 0) -> Rect:
        """Click the tab of this name in the sidebar of the n-th largest area of this type; returns its place."""
        sidebar = self.region(area, "UI", number)
        shown = f"regions_of({area!r}, 'UI')[{number}].active_panel_category"
        for y in range(sidebar.top + ROW, sidebar.bottom, ROW):
            if self.ask(shown) == name:
                self.settled()
                return sidebar
            self.click(sidebar.right - ROW // 2, y)
            time.sleep(0.1)
        raise AssertionError(f"the sidebar of {area} has no tab {name}")

    # Inside

    def _start_blender(self) -> None:
        (self.folder / "port").unlink(missing_ok=True)
        script = shutil.copy(INSIDE / "channel.py", self.folder)  # in a folder that the tool's Blender sees too
        settings = {"BLENDER_USER_RESOURCES": str(self.folder / "blender"), "DISPLAY": f":{self.display}"}
        settings["TMPDIR"] = str(self.folder)  # where Blender writes what it did before a crash
        told = " ".join(f"{name}={value}" for name, value in settings.items())
        environment = {**os.environ, **settings, "REAL_BLENDER_DISPLAY": self.display, "REAL_BLENDER_ENV": told}
        environment["LIBGL_ALWAYS_SOFTWARE"] = "1"
        if not self.folder.is_relative_to("/tmp"):
            environment["REAL_BLENDER_HOUSE"] = str(self.folder.parent)  # else the tool's Blender does not see it
        arguments = ["--factory-startup", "--window-geometry", "0", "0", str(WIDTH), str(HEIGHT), "--python", script]
        with (self.folder / "blender.log").open("wb") as log:
            command = [*self._command, *arguments, "--", str(self.folder)]
            self._blender = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
        until = time.monotonic() + PATIENCE_SECONDS
        while not (self.folder / "port").exists():
            if self._blender.poll() is not None or time.monotonic() > until:
                raise AssertionError(f"Blender's window did not open:\n{self.log()[-2000:]}")
            time.sleep(0.05)
        port = int((self.folder / "port").read_text())
        self._channel = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS)
        self._answers = self._channel.makefile("rb")
        self.run_file(INSIDE / "screen.py")
        self.settled()

    def _ask(self, code: str, expression: str):
        assert self._channel is not None and self._answers is not None
        self._channel.sendall(json.dumps({"code": code, "expression": expression}).encode() + b"\n")
        line = self._answers.readline()
        assert line, self._end_of_blender()
        answer = json.loads(line)
        assert "error" not in answer, answer["error"]
        return answer["value"]

    def _end_of_blender(self) -> str:
        assert self._blender is not None
        with suppress(subprocess.TimeoutExpired):
            self._blender.wait(5)
        crash = [path.read_text(errors="replace")[-4000:] for path in self.folder.glob("**/*.crash.txt")]
        return "\n".join([f"Blender ended with {self._blender.returncode}:", self.log()[-2000:], *crash])

    def _rect(self, expression: str) -> Rect:
        x, y, width, height = self.ask(f"(lambda r: (r.x, r.y, r.width, r.height))({expression})")
        return Rect(x, HEIGHT - y - height, x + width, HEIGHT - y)
