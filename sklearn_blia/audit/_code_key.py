"""What a stored training was made by: classes and functions by what they do, and not by their names alone."""

import dis
import functools
import hashlib
import importlib
import inspect
import sys
from functools import cache
from importlib.metadata import PackageNotFoundError, packages_distributions, version
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType, ModuleType

import joblib
import numpy as np

# Attributes of a class that do not say what it does, or say again what others say.
_OF_NO_MATTER = {"__module__", "__dict__", "__weakref__", "__doc__", "__firstlineno__"}
_OF_NO_MATTER |= {"__dataclass_fields__", "__dataclass_params__"}
_PLAIN = (bool, int, float, complex, str, bytes, type(None), range, slice, np.dtype, np.generic)


def code_key(thing):
    """Return a key of an estimator, a function or plain data that changes with what they do.

    Classes and functions of installed packages count by name and the package's version; all others by their code and
    that of what they call, so that a class edited under its old name has another key.

    Parameters
    ----------
    thing : object
        An estimator, or whatever its parameters may be.

    Returns
    -------
    str
        Hexadecimal digits.

    Raises
    ------
    ValueError
        If something in it cannot be keyed.
    """
    parts: list = []
    _add(thing, parts, {})
    return hashlib.sha256("\x1f".join(parts).encode(errors="surrogatepass")).hexdigest()


def _add(thing, parts, seen):
    """Append texts that tell `thing` from others."""
    if isinstance(thing, _PLAIN):
        parts.append(repr(thing))
        return
    if id(thing) in seen:
        parts.append(f"again {seen[id(thing)][0]}")
        return
    seen[id(thing)] = len(seen), thing  # held, so that no other object can get its id
    if isinstance(thing, functools.partial):
        _add((thing.func, thing.args, thing.keywords), parts, seen)
    elif isinstance(thing, ModuleType):
        _add_name(thing.__name__, thing.__name__, parts)
    elif isinstance(thing, (type, FunctionType, BuiltinFunctionType, MethodType, CodeType)):
        _add_code(thing, parts, seen)
    elif isinstance(thing, (list, tuple)):
        parts.append(type(thing).__name__)
        for item in thing:
            _add(item, parts, seen)
    elif isinstance(thing, (set, frozenset)):
        parts.append(f"{type(thing).__name__} {sorted(map(repr, thing))}")
    elif isinstance(thing, dict):
        parts.append("dict")
        for name, item in sorted(thing.items(), key=lambda pair: repr(pair[0])):
            _add(name, parts, seen)
            _add(item, parts, seen)
    elif hasattr(thing, "get_params") and not isinstance(thing, type):
        _add(type(thing), parts, seen)
        _add(vars(thing), parts, seen)  # what it was fitted to, if it was, is part of it
    elif _version_of(type(thing).__module__.split(".")[0]) is None and hasattr(thing, "__dict__"):
        _add(type(thing), parts, seen)
        _add(vars(thing), parts, seen)  # an object of the user's own
    else:
        _add(type(thing), parts, seen)
        _add_data(thing, parts)


def _add_data(thing, parts):
    try:
        parts.append(joblib.hash(thing))
    except Exception as error:
        raise ValueError(
            f"cache_dir cannot tell {thing!r} from others ({type(error).__name__}: {error}): leave cache_dir out, or "
            "use parameters that can be pickled."
        ) from error


def _add_code(thing, parts, seen):
    if isinstance(thing, CodeType):
        parts.append(thing.co_code.hex())
        parts.append(repr(thing.co_names))
        for constant in thing.co_consts:
            _add(constant, parts, seen)
        return
    if isinstance(thing, MethodType):
        _add(thing.__self__, parts, seen)
        thing = thing.__func__
    module, name = getattr(thing, "__module__", None) or "builtins", getattr(thing, "__qualname__", repr(thing))
    if _add_name(module, name, parts):
        return
    if isinstance(thing, type):
        for base in thing.__bases__:
            _add(base, parts, seen)
        for attribute, value in sorted(vars(thing).items()):
            if attribute not in _OF_NO_MATTER:
                parts.append(attribute)
                _add_member(value, parts, seen)
        return
    if not isinstance(thing, FunctionType):
        raise ValueError(f"cache_dir cannot key {thing!r}, whose code cannot be seen: leave cache_dir out.")
    _add(thing.__code__, parts, seen)
    _add((thing.__defaults__, thing.__kwdefaults__), parts, seen)
    for cell in thing.__closure__ or ():
        _add_member(cell.cell_contents, parts, seen)
    names = _names_in(thing.__code__)
    for used in names:
        if used in thing.__globals__:
            _add_used(thing.__globals__[used], names, parts, seen)
    for module in _imported_in(thing.__code__):
        _add_used(sys.modules.get(module) or importlib.import_module(module), names, parts, seen)


def _add_used(value, names, parts, seen):
    """Something that a function uses; of a module of the user's own, what it may use of it."""
    if not isinstance(value, ModuleType) or _add_name(value.__name__, value.__name__, parts):
        _add_member(value, parts, seen)
        return
    key = id(value), tuple(names)
    if key not in seen:
        seen[key] = len(seen), value
        for name in names:
            if name in vars(value):
                parts.append(name)
                _add_used(vars(value)[name], names, parts, seen)


def _imported_in(code):
    """Modules that code imports when it runs, at any depth of nested functions, but for relative ones."""
    found = {step.argval for step in dis.get_instructions(code) if step.opname == "IMPORT_NAME" and step.argval}
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            found |= set(_imported_in(constant))
    return sorted(found)


def _add_member(value, parts, seen):
    """A member of a class, or something that a function uses: its code, or what it is."""
    if isinstance(value, (staticmethod, classmethod)):
        value = value.__func__
    if isinstance(value, property):
        for function in (value.fget, value.fset, value.fdel):
            _add(function, parts, seen)
    elif inspect.isdatadescriptor(value) or type(value).__name__ in ("_abc_data", "wrapper_descriptor"):
        parts.append(type(value).__name__)
    else:
        _add(value, parts, seen)


def _names_in(code):
    """Global names that code uses, at any depth of nested functions."""
    names = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            names |= set(_names_in(constant))
    return sorted(names)


def _add_name(module, name, parts):
    """Append the name of something, with the version of its package; tell whether that says all."""
    parts.append(f"{module}.{name}")
    number = _version_of(module.split(".")[0])
    parts.append(str(number))
    return number is not None


@cache
def _standard():
    return frozenset(sys.stdlib_module_names) - {"__main__"}


@cache
def _version_of(package):
    """Version of the distribution that a package comes from; None for the user's own code, installed or not."""
    if package in ("builtins", "sklearn_blia") or package in _standard():
        return "with the audit's"  # the versions of Python and of this package are part of every key
    file = getattr(sys.modules.get(package), "__file__", None) or ""
    if "site-packages" not in file and "dist-packages" not in file:
        return None  # an editable install changes without its version
    for distribution in _distributions().get(package, ()):
        try:
            return version(distribution)
        except PackageNotFoundError:
            continue
    return None


@cache
def _distributions():
    return packages_distributions()
