"""Stands for the main loop of a Blender with a window: the bpy module has none, and its timers never fire."""

import time
from collections.abc import Callable

import artist
import bpy
from stopwatch import Stopwatch

TURN_SECONDS = 0.005
"""Blender sleeps so long between two turns of its loop in which nothing else happens."""


class Window:
    """Calls timers when they are due, and evaluates the scene after that, as Blender's loop does."""

    def __init__(self, stopwatch: Stopwatch):
        """From now on timers are this loop's."""
        self.stopwatch = stopwatch
        self._due: dict[Callable, list[float]] = {}
        timers = bpy.app.timers
        timers.register, timers.unregister, timers.is_registered = self._register, self._unregister, self._is_there

    def turn(self) -> None:
        for function, due in list(self._due.items()):
            if due[0] > time.monotonic():
                continue
            wait = self.stopwatch.call("tick", function)
            if self._due.get(function) is not due:  # it was taken out, or registered anew, meanwhile
                continue
            if wait is None:
                del self._due[function]
            else:
                due[0] = time.monotonic() + wait
        bpy.context.view_layer.update()
        self.stopwatch.refer()
        time.sleep(TURN_SECONDS)

    def until(self, done: Callable[[], object], seconds: float = 120.0, problems: bool = False) -> float:
        """Let time pass until `done()`; returns the seconds that it took.

        Args:
            problems: whether the panel may show one.
        """
        began = time.monotonic()
        while not done():
            session = artist.session()
            assert problems or session.problem is None, session.problem
            assert time.monotonic() < began + seconds, f"nothing after {seconds} s: {session.phase}, {session.job}"
            self.turn()
        return time.monotonic() - began

    def start_backend(self) -> None:
        """As the button does; until it is ready to work."""
        assert bpy.ops.emogene.start_backend() == {"FINISHED"}
        self.until(lambda: artist.session().welcome is not None and artist.session().welcome.ready)

    def pass_time(self, seconds: float, problems: bool = False) -> None:
        end = time.monotonic() + seconds
        self.until(lambda: time.monotonic() >= end, seconds + 60.0, problems)

    def _register(self, function: Callable, *, first_interval: float = 0.0, persistent: bool = False) -> None:
        self._due[function] = [time.monotonic() + first_interval]

    def _unregister(self, function: Callable) -> None:
        del self._due[function]

    def _is_there(self, function: Callable) -> bool:
        return function in self._due


def opened() -> Window:
    """A window with the extension installed, whose calls are timed. Work takes its time there, as in any window."""
    window = Window(Stopwatch())
    artist.install()
    artist.module("slices").at_once = False
    window.stopwatch.watch_parts()
    window.stopwatch.watch_handlers()
    return window
