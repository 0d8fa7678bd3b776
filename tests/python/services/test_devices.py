"""Which worker gets which device."""

from pathlib import Path
from typing import Any

from ovserve.services import ServiceSpec
from ovserve.services.devices import DeviceRotation


def spec(**settings: Any) -> ServiceSpec:
    return ServiceSpec(name="m", model_dir=Path("/"), handler="h", **settings)


def test_workers_take_turns_over_all_services() -> None:
    rotation = DeviceRotation((0, 1, 2))
    assert [rotation.choose(spec(), slot) for slot in (0, 1, 0, 0)] == [0, 1, 2, 0]


def test_a_services_own_devices_belong_to_its_places() -> None:
    rotation = DeviceRotation((0, 1))
    own = spec(device_ids=(5, 7))
    assert [rotation.choose(own, slot) for slot in (0, 1, 2, 1)] == [5, 7, 5, 7]
    assert rotation.choose(spec(), 0) == 0


def test_without_devices_or_on_cpu_there_is_none() -> None:
    assert DeviceRotation().choose(spec(), 0) is None
    assert DeviceRotation((1,)).choose(spec(device_type="cpu", device_ids=(1,)), 0) is None
