"""Measures the add-on's calls on Blender's main thread: how long each was, and what in it."""

import gc
import time
from collections import defaultdict
from collections.abc import Callable, Generator
from dataclasses import dataclass, field

import artist
import bpy


@dataclass
class Call:
    """One call of ours by Blender."""

    name: str
    ms: float = 0.0
    """CPU time of the main thread."""
    parts: dict[str, float] = field(default_factory=dict)
    """The same for what of ours was called in it."""

    def __str__(self) -> str:
        longest = sorted(self.parts.items(), key=lambda part: -part[1])[:4]
        return f"{self.ms:.2f} ms in {self.name} ({', '.join(f'{name} {ms:.2f}' for name, ms in longest)})"


class Stopwatch:
    """Notes the calls of one situation after the other."""

    def __init__(self):
        self.calls: dict[str, list[Call]] = defaultdict(list)
        """By situation."""
        self.situation = ""
        self.reference: list[float] = []
        """What a fixed piece of work took each time: where that varies it is the machine's doing, not ours."""
        self._open: Call | None = None
        self._collecting = 0.0
        gc.callbacks.append(self._watch_collection)

    def call(self, name: str, function: Callable, *arguments):
        """Call it as Blender does; calls within calls count as parts."""
        if self._open is not None:
            return self._part(name, function, *arguments)
        self._open = call = Call(name)
        began = time.thread_time()
        try:
            return function(*arguments)
        finally:
            call.ms = (time.thread_time() - began) * 1e3
            self._open = None
            if self.situation:
                self.calls[self.situation].append(call)

    def refer(self) -> None:
        """Time the fixed piece of work, once."""
        began = time.thread_time()
        sum(number * number for number in range(20_000))
        self.reference.append((time.thread_time() - began) * 1e3)

    def longest(self) -> dict[str, Call]:
        """The longest call of each situation."""
        return {name: max(calls, key=lambda call: call.ms) for name, calls in self.calls.items()}

    def watch_parts(self) -> None:
        """Time the session's pump, followers, listeners and slices of works within the calls."""
        link, slices = artist.module("session"), artist.module("slices")
        for functions in (link._followers, link._listeners):
            functions[:] = [self._timed(_name(function), function) for function in functions]
        link.session().pump = self._timed("Session.pump", link.session().pump)
        link.markers.adopt_names = self._timed("markers.adopt_names", link.markers.adopt_names)
        begin = slices.begin
        slices.begin = lambda name, work: begin(name, self._timed_slices(f"slice of {name[0]}", work))

    def watch_handlers(self) -> None:
        """Time what of ours is in Blender's lists of handlers."""
        for name in dir(bpy.app.handlers):
            functions = getattr(bpy.app.handlers, name)
            if not isinstance(functions, list):
                continue
            for place, function in enumerate(functions):
                if getattr(function, "__module__", "").startswith(artist.EXTENSION):
                    functions[place] = bpy.app.handlers.persistent(self._timed(f"{name}: {_name(function)}", function))

    def _watch_collection(self, phase: str, _about: dict) -> None:
        if phase == "start":
            self._collecting = time.thread_time()
        elif self._open is not None:
            spent = (time.thread_time() - self._collecting) * 1e3
            self._open.parts["Python's gc"] = self._open.parts.get("Python's gc", 0.0) + spent

    def _timed(self, name: str, function: Callable) -> Callable:
        return lambda *arguments: self.call(name, function, *arguments)

    def _timed_slices(self, name: str, work: Generator) -> Generator:
        while True:
            try:
                yield self.call(name, next, work)
            except StopIteration:
                return

    def _part(self, name: str, function: Callable, *arguments):
        began = time.thread_time()
        try:
            return function(*arguments)
        finally:
            spent = (time.thread_time() - began) * 1e3
            if self._open is not None:
                self._open.parts[name] = self._open.parts.get(name, 0.0) + spent


def _name(function: Callable) -> str:
    module = getattr(function, "__module__", "").removeprefix(f"{artist.EXTENSION}.")
    return f"{module}.{getattr(function, '__name__', '?')}"
