"""
What the tests want of lark-oapi, without the rest of it.

Importing the package imports every API that Feishu has: seconds of processor time. So its place
is taken by an empty package that knows only where the modules are, and its event handler gets
the events of instant messaging alone: those of other APIs it would need for nothing but the
annotations of its methods, which are left unread.
"""

import __future__

import importlib
import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

PACKAGE = "lark_oapi"
HANDLER = f"{PACKAGE}.event.dispatcher_handler"

_OTHER_EVENTS = re.compile(rf"^from ({PACKAGE}\.api\.(?!im\.)\S+) import", re.MULTILINE)


def module(name: str) -> Any:  # noqa: ANN401 - untyped code
    """Return one module of lark-oapi, by its path in the package."""
    _package()
    return importlib.import_module(f"{PACKAGE}.{name}")


def event_handler() -> Any:  # noqa: ANN401 - untyped code
    """Return lark-oapi's `EventDispatcherHandler`."""
    _package()
    spec = importlib.util.find_spec(HANDLER)
    assert spec is not None
    assert spec.origin is not None
    source = Path(spec.origin).read_text("utf-8")
    for name in _OTHER_EVENTS.findall(source):
        sys.modules[name] = ModuleType(name)
    made = sys.modules[HANDLER] = importlib.util.module_from_spec(spec)
    flags = __future__.annotations.compiler_flag
    exec(compile(source, spec.origin, "exec", flags), vars(made))  # noqa: S102 - lark-oapi's own
    return made.EventDispatcherHandler


def _package() -> None:
    """Let there be packages in which nothing is imported yet."""
    if PACKAGE in sys.modules:
        return
    spec = importlib.util.find_spec(PACKAGE)
    assert spec is not None
    (root,) = spec.submodule_search_locations or []
    for name in ("", ".api", ".event"):
        bare = ModuleType(f"{PACKAGE}{name}")
        bare.__path__ = [root + name.replace(".", "/")]
        sys.modules[f"{PACKAGE}{name}"] = bare


AESCipher: Any = module("core.utils.decryptor").AESCipher
