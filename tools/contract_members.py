"""Tables of docs/own_model.md: what each contract asks of a model, and what follows unless a model knows better."""

from __future__ import annotations

import inspect

from hetkeras.calibration import Calibration
from tools.measured.markdown import line, markdown


def asked(contract: type[Calibration], beside: type[Calibration] | None = None) -> str:
    """A table of the members that a contract asks for, those of another contract left out."""
    wanted = _abstract(contract) - (_abstract(beside) if beside else frozenset())
    return _members(contract, [name for name in _in_order(contract) if name in wanted])


def derived(contract: type[Calibration]) -> str:
    """A table of the public members that a contract itself defines."""
    own = [name for name in vars(contract) if not name.startswith("_") and _text(contract, name)]
    return _members(contract, [name for name in own if name not in _abstract(contract)])


def _abstract(contract: type) -> frozenset[str]:
    return getattr(contract, "__abstractmethods__", frozenset())


def _in_order(contract: type) -> list[str]:
    """Names of all members in the order in which the classes state them, the general class first."""
    return list(dict.fromkeys(name for kind in reversed(contract.__mro__) for name in vars(kind)))


def _members(contract: type, names: list[str]) -> str:
    rows = [line((f"`{name}{_arguments(contract, name)}`", _cell(_text(contract, name)))) for name in names]
    return "\n".join([*markdown(("member", "in the contract's words")), *rows])


def _arguments(contract: type, name: str) -> str:
    member = inspect.getattr_static(contract, name)
    if not callable(member):
        return ""
    names = [each for each in inspect.signature(member).parameters if each != "self"]
    return f"({', '.join(names)})"


def _text(contract: type, name: str) -> str:
    """The first line of what is said of a member; empty where nothing is."""
    member = inspect.getattr_static(contract, name)
    member = getattr(member, "fget", None) or getattr(member, "func", None) or member
    lines = (inspect.getdoc(member) or "").splitlines() if inspect.isfunction(member) else []
    return lines[0] if lines else ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
