"""The address of a cluster."""

import pytest

from qa_index.building.cluster.address import Address
from qa_index.errors import InputError


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("ray://10.0.0.7", "10.0.0.7", 10001),
        ("ray://head.example:9000", "head.example", 9000),
        ("ray://[::1]:7/", "::1", 7),
    ],
)
def test_host_and_port(text: str, host: str, port: int) -> None:
    address = Address.parse(text)
    assert address == (host, port)
    assert Address.parse(str(address)) == address


@pytest.mark.parametrize(
    "text",
    ["", "ray", "ray://", "auto", "10.0.0.7:10001", "http://a", "ray://a:x", "ray://a:70000",
     "ray://a/b", "ray://a?b=c", "ray://me@a", "ray://:10001", 7],
)  # fmt: skip
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"ray://HOST\[:PORT\]"):
        Address.parse(text)
