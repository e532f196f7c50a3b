"""
lark-oapi's own cryptography, without the rest of it.

Importing the package runs its `__init__`, which imports every API that Feishu has: seconds of
processor time. So its place is taken by an empty one that knows only where the modules are.
"""

import importlib
import importlib.util
import sys
from types import ModuleType
from typing import Any

PACKAGE = "lark_oapi"


def module(name: str) -> Any:  # noqa: ANN401 - untyped code
    """Return one module of lark-oapi, by its path in the package."""
    if PACKAGE not in sys.modules:
        spec = importlib.util.find_spec(PACKAGE)
        assert spec is not None
        bare = ModuleType(PACKAGE)
        bare.__path__ = list(spec.submodule_search_locations or [])
        sys.modules[PACKAGE] = bare
    return importlib.import_module(f"{PACKAGE}.{name}")


AESCipher: Any = module("core.utils.decryptor").AESCipher
