"""Limits that a model's configuration keeps to, whoever wrote the file."""


def require(holds: bool, message: str) -> None:
    """Refuse a configuration by ValueError; comparisons with NaN never hold."""
    if not holds:
        raise ValueError(message)


def require_whole(config: object, *names: str) -> None:
    """Refuse, by ValueError, sizes that are no integers: kernels count with them, and half a sample never ends."""
    for name in names:
        require(type(getattr(config, name)) is int, f"{name} must be an integer")
