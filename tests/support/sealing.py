"""Files beside an index with numbers that JSON has not, as another program might write them."""

import json
from collections.abc import Mapping
from typing import Any

from qa.sealed import _checksum


def sealed_whatever(schema: str, data: Mapping[str, Any]) -> bytes:
    """Like ``qa.sealed.sealed``, which refuses NaN and Infinity."""
    return json.dumps({"schema": schema, "checksum": _checksum(data), **data}).encode()
