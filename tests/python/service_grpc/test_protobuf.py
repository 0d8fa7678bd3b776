"""The wire format, checked against the protobuf package."""

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.protos import Protos
from ovserve.errors import InvalidArgumentError
from ovserve.service_grpc import protobuf


@given(number=st.integers(1, 2**29 - 1), value=st.integers(-(2**63), 2**63 - 1), data=st.binary(max_size=300))
def test_what_is_written_is_read(number: int, value: int, data: bytes) -> None:
    message = protobuf.number_field(number, value) + protobuf.field(number, data)
    (first, second) = protobuf.fields(message)
    assert first[:2] == (number, protobuf.VARINT)
    assert protobuf.signed(first[2]) == value
    assert second[:2] == (number, protobuf.BYTES)
    assert bytes(protobuf.bytes_of(second[2])) == data


@given(values=st.lists(st.integers(-(2**63), 2**63 - 1), max_size=40))
def test_packed_numbers(values: list[int]) -> None:
    data = b"".join(map(protobuf.varint, values))
    assert protobuf.packed_varints(memoryview(data)).astype("i8").tolist() == values


def test_as_the_protobuf_package_writes(protos: Protos) -> None:
    request: Any = protos["org.pytorch.serve.grpc.management.RegisterModelRequest"]
    message = request(url="é", batch_size=-3, synchronous=True, initial_workers=300).SerializeToString()
    found = {number: value for number, _, value in protobuf.fields(message)}
    assert protobuf.text_of(found[9]) == "é"
    assert [protobuf.signed(found[number]) for number in (1, 3, 8)] == [-3, 300, 1]


@given(data=st.binary(max_size=60))
def test_garbage_is_refused_or_read(data: bytes) -> None:
    with contextlib.suppress(InvalidArgumentError):
        for _, kind, value in protobuf.fields(data):
            assert isinstance(value, int) == (kind == protobuf.VARINT)


@pytest.mark.parametrize("data", [b"\x80", b"\x80" * 10 + b"\x01", b"\x01\xff"])
def test_packed_numbers_that_are_cut_off_or_too_long(data: bytes) -> None:
    with pytest.raises(InvalidArgumentError):
        protobuf.packed_varints(memoryview(data))
