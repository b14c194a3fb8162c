"""A property that is built once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar, overload

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

T = TypeVar("T")


class Holder(Protocol):
    """What parts belong to: it keeps what was built, and the lock under which that happens."""

    lock: threading.RLock
    built: dict[str, Any]


class part(Generic[T]):  # noqa: N801 - reads as the decorator it is
    """A property that is built once, under the container's lock, whichever thread asks first."""

    def __init__(self, build: Callable[[Any], T]) -> None:
        self._build = build
        self._name = build.__name__
        self.__doc__ = build.__doc__

    @overload
    def __get__(self, owner: None, kind: type) -> part[T]: ...
    @overload
    def __get__(self, owner: Holder, kind: type) -> T: ...
    def __get__(self, owner: Holder | None, kind: type) -> T | part[T]:
        del kind
        if owner is None:
            return self
        if self._name not in owner.built:  # what is built is had without the lock: a long build must not block it
            with owner.lock:
                if self._name not in owner.built:
                    owner.built[self._name] = self._build(owner)
        built: T = owner.built[self._name]
        return built
