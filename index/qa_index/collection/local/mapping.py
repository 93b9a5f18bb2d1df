"""Files mapped into memory without a descriptor that stays open.

Python before 3.13 keeps a descriptor open for each map, some twenty for an open index. The system
does not need it: a map outlives both the descriptor and the name of its file.
"""

import ctypes
import mmap
import os
import sys
import weakref
from typing import Any

_WITHOUT_DESCRIPTOR = sys.version_info >= (3, 13)


def mapped(descriptor: int, size: int) -> memoryview:
    """Map the first ``size`` bytes of a file, at least one, read-only. The last view unmaps them.

    Raises ``OSError``.
    """
    if _WITHOUT_DESCRIPTOR or os.name == "nt":
        options: dict[str, Any] = {"trackfd": False} if _WITHOUT_DESCRIPTOR else {}
        return memoryview(mmap.mmap(descriptor, size, access=mmap.ACCESS_READ, **options))
    return _mapped_by_system(descriptor, size)


def _mapped_by_system(descriptor: int, size: int) -> memoryview:
    address = _system.mmap(None, size, mmap.PROT_READ, mmap.MAP_SHARED, descriptor, 0)
    if address == ctypes.c_void_p(-1).value:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))

    held = (ctypes.c_ubyte * size).from_address(address)
    weakref.finalize(held, _system.munmap, address, size).atexit = False
    return memoryview(held).cast("B").toreadonly()


if os.name != "nt":
    _system = ctypes.CDLL(None, use_errno=True)
    _system.mmap.restype = ctypes.c_void_p
    _system.mmap.argtypes = [
        ctypes.c_void_p,
        ctypes.c_size_t,
        ctypes.c_int,
        ctypes.c_int,
        ctypes.c_int,
        ctypes.c_int64,
    ]
    _system.munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
