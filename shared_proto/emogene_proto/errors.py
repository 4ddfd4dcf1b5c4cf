"""Errors that an artist can meet: a code for programs, a sentence and a hint for people."""


class EmoGeneError(Exception):
    """An expected failure. `message` is one sentence; `hint` says what to do next."""

    code = "error"

    def __init__(self, message: str, hint: str, code: str | None = None):
        super().__init__(message)
        self.message = message
        self.hint = hint
        if code is not None:
            self.code = code

    def __str__(self) -> str:
        return f"{self.message} {self.hint}"


class AudioError(EmoGeneError):
    """The audio file is missing, empty, damaged or holds no sound."""

    code = "bad_audio"


class ShotError(EmoGeneError):
    """The shot document asks for something that does not fit together."""

    code = "bad_shot"


class ActorError(EmoGeneError):
    """The actor pack is missing, damaged or of another version."""

    code = "bad_actor"


class CorpusError(EmoGeneError):
    """Training data cannot be made or read, e.g. a speech program is missing."""

    code = "bad_corpus"


class ProtocolError(EmoGeneError):
    """The other side speaks another protocol version or sends what cannot be understood."""

    code = "bad_message"


class BackendError(EmoGeneError):
    """The backend is missing, did not start or went away."""

    code = "backend"


class AccessError(BackendError):
    """A key is missing, damaged, open to others or not allowed."""

    code = "access"


class RenderError(EmoGeneError):
    """A frame cannot be rendered, e.g. the engine is not available on this computer."""

    code = "render"


class Cancelled(EmoGeneError):
    """The work was stopped because somebody asked for it."""

    code = "cancelled"

    def __init__(self, message: str = "Cancelled.", hint: str = "Frames finished so far are kept."):
        super().__init__(message, hint)
