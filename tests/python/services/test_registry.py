"""Services by name and version."""

import asyncio
from pathlib import Path

import pytest

from harness.services import Services
from ovserve.services import Part, Request, ServiceFailure, ServiceRegistry, ServiceSpec

CODE = "def handle(data, context): return [context.model_name] if data else None"


def refusal(services: Services, call: object) -> tuple[int, str, str]:
    with pytest.raises(ServiceFailure) as error:
        call()  # type: ignore[operator]
    return error.value.status, error.value.type, error.value.message


def test_the_first_version_is_the_default_until_another_is_chosen(services: Services) -> None:
    registry = services.registry
    for version in ("2.0", "1.0"):
        services.add(CODE, version=version)
    assert registry.get("model").spec.version == "2.0"
    assert registry.get("model", "1.0").spec.version == "1.0"
    registry.set_default("model", "1.0")
    assert registry.default_version("model") == "1.0"
    assert [service.spec.version for service in registry.versions("model")] == ["2.0", "1.0"]
    assert registry.names() == ["model"]


def test_what_does_not_exist_is_said_as_clients_know_it(services: Services) -> None:
    registry = services.registry
    services.add(CODE)
    assert refusal(services, lambda: registry.get("x")) == (
        404,
        "ModelNotFoundException",
        "Model not found: x",
    )
    assert refusal(services, lambda: registry.get("model", "7")) == (
        404,
        "ModelVersionNotFoundException",
        "Model version: 7 does not exist for model: model",
    )
    assert refusal(services, lambda: registry.set_default("model", "7"))[0] == 404
    assert refusal(services, lambda: registry.versions("x"))[0] == 404


def test_a_version_is_registered_once(services: Services) -> None:
    services.add(CODE)
    assert refusal(services, lambda: services.add(CODE)) == (
        409,
        "ConflictStatusException",
        "Model version 1.0 is already registered for model model",
    )


def test_the_default_version_stays_while_there_are_others(services: Services) -> None:
    registry = services.registry
    services.start(CODE, version="1")
    services.start(CODE, version="2")
    assert refusal(services, lambda: services.run(registry.remove("model"))) == (
        403,
        "InvalidModelVersionException",
        "Cannot remove default version for model model",
    )
    services.run(registry.remove("model", "2"))
    services.run(registry.remove("model"))
    assert registry.names() == []
    services.start(CODE, version="2")
    assert registry.default_version("model") == "2"


def test_devices_are_shared_by_all_services(tmp_path: Path) -> None:
    with Services(tmp_path, device_ids=(0, 1)) as services:
        gpu = "def handle(d, context): return [str(context.system_properties['gpu_id'])] if d else None"
        given = []
        for name in ("a", "b", "c"):
            given.append(bytes(services.ask(services.start(gpu, name=name)).body))
        assert given == [b"0", b"1", b"0"]


def test_a_registry_lives_on_any_loop_of_asyncio(tmp_path: Path) -> None:
    (tmp_path / "service.py").write_text(CODE)

    async def use() -> bytes:
        async with ServiceRegistry() as registry:
            service = registry.add(ServiceSpec(name="here", model_dir=tmp_path, handler="service"))
            assert (await service.start()).ready == 1
            reply = await service.predict(Request((Part("body", "", b""),)))
            return bytes(reply.body)

    assert asyncio.run(use()) == b"here"
