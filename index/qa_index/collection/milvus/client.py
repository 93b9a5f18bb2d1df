"""pymilvus as it is used here: without its log, and without variables from files ``.env``."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def _without_env_files() -> Iterator[None]:
    """It would set variables of the environment from a file ``.env`` above its own folder."""
    name = "PYTHON_DOTENV_DISABLED"
    before = os.environ.get(name)
    os.environ[name] = "true"
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before


# gRPC would print what happens to connections, besides the error that is raised.
os.environ.setdefault("GRPC_VERBOSITY", "NONE")

with _without_env_files():
    import grpc
    import pymilvus
    from pymilvus.exceptions import MilvusException

__all__ = ["MilvusException", "grpc", "pymilvus"]

# It prints every error with a traceback, and some of them repeat what was sent.
for _name in ("pymilvus", "pymilvus.milvus_client", "pymilvus.bulk_writer"):
    _logger = logging.getLogger(_name)
    _logger.handlers = [logging.NullHandler()]
    _logger.propagate = False
