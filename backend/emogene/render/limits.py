"""Limits that a model's configuration keeps to, whoever wrote the file."""


def require(holds: bool, message: str) -> None:
    """Refuse a configuration by ValueError; comparisons with NaN never hold."""
    if not holds:
        raise ValueError(message)
