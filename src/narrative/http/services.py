"""How a route gets the service it calls: by type, from what bootstrap put together."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar, cast

from starlette.requests import Request

T = TypeVar("T")


def service(kind: type[T]) -> Callable[[Request], Awaitable[T]]:
    """Dependency: the one service of this type::

    Service = Annotated[ProjectService, Depends(service(ProjectService))]
    """

    async def find(request: Request) -> T:  # async: no thread for a look-up
        services = cast("Mapping[type[Any], Any]", request.app.state.services)
        return cast("T", services[kind])

    return find
