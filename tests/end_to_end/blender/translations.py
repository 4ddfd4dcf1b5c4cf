"""Every text that the extension shows has a translation in each language, and no translation is left over."""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import artist
import bpy

Message = tuple[str, str]
"""Context and text, as Blender looks translations up."""
CALLS_WITH_A_TEXT = {
    "draw_text": 2,
    "draw_faint": 2,
    "refuse": 1,
    "said": 0,
    "worded": 0,
    "in_words": 0,
    "pgettext_n": 0,
    "pgettext_iface": 0,
}
"""Functions that show or mark a text, and which of their arguments it is."""
CALLS_WITH_A_READY_TEXT = {"draw_text": 2, "draw_faint": 2, "report": 1, "poll_message_set": 0}
"""Functions that show what they get, which therefore is not put together of English words on the spot."""


def registered_messages() -> Iterator[Message]:
    """Labels, names and tooltips of all that is registered."""
    for cls in registered_classes():
        context = cls.bl_rna.translation_context
        for attribute, where in (("bl_label", context), ("bl_description", "*")):
            if text := getattr(cls, attribute, ""):
                yield where, text
            assert text or attribute == "bl_label" or not issubclass(cls, bpy.types.Operator), f"no tooltip: {cls}"
        rna = cls.bl_rna
        if issubclass(cls, bpy.types.Operator):
            rna = getattr(bpy.ops.emogene, cls.bl_idname.partition(".")[2]).get_rna_type()
        yield from messages_of_properties(rna, own_properties(cls))


def registered_classes() -> set[type]:
    modules = [module for name, module in sys.modules.items() if name.startswith(artist.EXTENSION)]
    values = [value for module in modules for value in vars(module).values() if isinstance(value, type)]
    # Some classes stand in a tuple only.
    values += [cls for module in modules for cls in getattr(module, "CLASSES", ())]
    mine = [cls for cls in values if cls.__module__.startswith(artist.EXTENSION)]
    return {cls for cls in mine if issubclass(cls, bpy.types.bpy_struct) and cls.is_registered}


def own_properties(cls: type) -> set[str]:
    """Names of those that the extension itself defines."""
    ours = [base for base in cls.__mro__ if base.__module__.startswith(artist.EXTENSION)]
    return {name for base in ours for name in vars(base).get("__annotations__", {})}


def messages_of_properties(rna: bpy.types.Struct, names: set[str]) -> Iterator[Message]:
    blenders = rna.base.properties if rna.base is not None else {}
    for prop in rna.properties:
        if prop.identifier not in names or prop.is_hidden or is_the_same(prop, blenders.get(prop.identifier)):
            continue
        assert prop.description, f"no tooltip: {rna.identifier}, {prop.identifier}"
        yield prop.translation_context, prop.name
        yield "*", prop.description
        for item in prop.enum_items if prop.type == "ENUM" else ():
            yield prop.translation_context, item.name
            if item.description:
                yield "*", item.description


def is_the_same(prop: bpy.types.Property, other: bpy.types.Property | None) -> bool:
    """Whether it is only Blender's own property, beside one of the extension that has its name."""
    return other is not None and (prop.name, prop.description) == (other.name, other.description)


def sources() -> Iterator[ast.Module]:
    folder = Path(artist.module("registration").__file__).parent
    for path in folder.rglob("*.py"):
        if path.relative_to(folder).parts[0] not in ("emogene_proto", "translations"):
            yield ast.parse(path.read_text(encoding="utf-8"))


def drawn_messages() -> Iterator[Message]:
    """Whole texts in calls that show them."""
    for source in sources():
        for call in (node for node in ast.walk(source) if isinstance(node, ast.Call)):
            function = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            place = CALLS_WITH_A_TEXT.get(function)
            shown = call.args[place : place + 1] if place is not None else []
            context = "Operator" if function == "operator" else "*"
            shown = [*shown, *(word.value for word in call.keywords if word.arg == "text")]
            untranslated = any(word.arg == "translate" for word in call.keywords)
            for text in (text for value in shown for text in texts_in(value) if not untranslated):
                yield context, text


def put_together() -> Iterator[str]:
    """Calls that show English words beside what stands in braces, or a report's text as it is: nobody translates it."""
    for source in sources():
        for call in (node for node in ast.walk(source) if isinstance(node, ast.Call)):
            function = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            place = CALLS_WITH_A_READY_TEXT.get(function)
            shown = call.args[place : place + 1] if place is not None else []
            shown = [*shown, *(word.value for word in call.keywords if word.arg == "text")]
            for value in shown:
                words = value.values if isinstance(value, ast.JoinedStr) else [value] if function == "report" else []
                constants = (word.value for word in words if isinstance(word, ast.Constant))
                if any(re.search("[A-Za-z]", str(constant)) for constant in constants):
                    yield f"{function}({ast.unparse(value)})"


def texts_in(value: ast.expr) -> Iterator[str]:
    """The texts that an expression may become, as far as they stand in it."""
    if isinstance(value, ast.Constant) and isinstance(value.value, str) and value.value:
        yield value.value
    elif isinstance(value, ast.IfExp):
        yield from texts_in(value.body)
        yield from texts_in(value.orelse)


def written_texts() -> set[str]:
    """All texts in the sources, whatever they are for."""
    constants = (node for source in sources() for node in ast.walk(source) if isinstance(node, ast.Constant))
    return {constant.value for constant in constants if isinstance(constant.value, str)}


def placeholders(text: str) -> set[str]:
    return {part.partition("}")[0] for part in text.split("{")[1:]}


artist.install()
registered = set(registered_messages())
assert not (ended := [text for _, text in registered if text.endswith(".")]), ended
needed = registered | set(drawn_messages())
known = {text for _, text in needed} | written_texts()
assert not (ready := list(put_together())), "not translated:\n" + "\n".join(ready)
languages = artist.module("translations").LANGUAGES
assert "de_DE" in languages
for language, catalogue in languages.items():
    missing = sorted(needed - catalogue.keys())
    assert not missing, f"{language} lacks {len(missing)}:\n" + "\n".join(f"{message}" for message in missing)
    left_over = sorted(text for _, text in catalogue if text not in known)
    assert not left_over, f"{language} translates what nobody says:\n" + "\n".join(left_over)
    for (_, text), translation in catalogue.items():
        assert translation and placeholders(text) == placeholders(translation), text
        assert text[-1:] in (".", ":") or translation[-1:] not in (".", ":"), f"ends otherwise: {translation}"

# Blender finds them, as far as this Blender has the language at all.
assert bpy.app.translations.pgettext_iface("No such text of ours") == "No such text of ours"
artist.end()
