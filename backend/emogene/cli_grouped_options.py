"""Options that several commands share, as one dataclass: a field is an option, a command's parameter is all of them."""

import inspect
from collections.abc import Callable
from dataclasses import field, fields
from typing import Annotated, Any

import typer


def option(what: str, default: str = "") -> Any:
    """A field that is an option, with its line in the help; None where it is not given."""
    shown = f"{what}  [default: {default}]" if default else what
    return field(default=None, metadata={"option": typer.Option(help=shown, show_default=False)})


def takes(parameter: str, group: type) -> Callable[[Callable], Callable]:
    """Decorates a command whose `parameter` is the dataclass `group`: it gets the group's options in that place."""
    options = {
        each.name: inspect.Parameter(
            each.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=None,
            annotation=Annotated[each.type, each.metadata["option"]],
        )
        for each in fields(group)
    }

    def decorate(command: Callable) -> Callable:
        def called(**settings: Any) -> None:
            chosen = group(**{name: settings.pop(name) for name in options})
            command(**settings, **{parameter: chosen})

        parameters = []
        for each in inspect.signature(command).parameters.values():
            kept = each.replace(kind=inspect.Parameter.KEYWORD_ONLY)
            parameters += options.values() if each.name == parameter else [kept]
        called.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        called.__name__, called.__doc__ = command.__name__, command.__doc__
        return called

    return decorate
