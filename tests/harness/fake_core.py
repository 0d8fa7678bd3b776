"""A core that only remembers, for tests of what lies above it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass
class FakeResult:
    changed: bool = False
    failures: list[Any] = field(default_factory=list)


@dataclass
class FakeFailure:
    model: str
    version: int
    code: str
    cause: str


class FakeCore:
    """Notes the calls; answers as told by ``answers``, else with the call itself."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []
        self.answers: dict[str, Any] = {}

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("_"):
            raise AttributeError(name)

        def call(*arguments: Any, **keywords: Any) -> Any:
            self.calls.append((name, *arguments, *keywords.values()))
            answer = self.answers.get(name)
            if isinstance(answer, BaseException):
                raise answer
            if callable(answer):
                return answer(*arguments, **keywords)
            return f"{name}{arguments}".encode() if answer is None else answer

        return call
