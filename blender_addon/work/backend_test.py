# SPDX-License-Identifier: GPL-3.0-or-later
"""The preferences' test of the backend: goes on with the session's pump, and keeps its answer."""

from ..core.backend_check import Answer, Check, failed
from ..emogene_proto.errors import EmoGeneError
from ..session import follow, hurry, unfollow

_check: Check | None = None
_answer: Answer | None = None


def running() -> bool:
    return _check is not None


def answer() -> Answer | None:
    """Of the last test; None while there is none."""
    return _answer


def begin(check: Check) -> None:
    """Follow this one, in place of any other."""
    global _check
    forget()
    _check = check
    follow(_follow)
    hurry()


def tell(error: EmoGeneError) -> None:
    """The test could not even begin."""
    global _answer
    forget()
    _answer = failed(error)


def forget() -> None:
    """End what runs; what was answered holds no longer."""
    global _check, _answer
    if _check is not None:
        _check.end()
    _check = _answer = None
    unfollow(_follow)


def _follow() -> bool:
    """Called after each pump."""
    global _answer
    if _check is None:
        return False
    try:
        told = _check.step()
    except EmoGeneError as error:
        told = failed(error)
    if told is None:
        return True
    forget()
    _answer = told
    return False


def register() -> None:
    pass


def unregister() -> None:
    forget()
