"""The engines that can hold a connectome."""

from __future__ import annotations

from graphkit.backends.base import Backend
from graphkit.errors import BackendError

__all__ = ["SERVER_SCHEMES", "Backend", "open_backend"]

#: Addresses that name a Neo4j server; everything else is a file.
SERVER_SCHEMES = ("bolt", "bolt+s", "bolt+ssc", "neo4j", "neo4j+s", "neo4j+ssc")


def open_backend(
    address: str,
    *,
    read_only: bool = False,
    user: str = "neo4j",
    password: str | None = None,
    database: str | None = None,
) -> Backend:
    """Open the engine that an address names: ``bolt://…`` or ``neo4j://…`` a server, anything else a file.

    Raises
    ------
    BackendError
        If the scheme is unknown, or the engine cannot be opened.

    Examples
    --------
    >>> from graphkit.backends import open_backend
    >>> backend = open_backend("example.graph")
    >>> backend.dialect
    'ladybug'
    """
    scheme, separator, _ = address.partition("://")
    if not separator:
        # Each engine is imported when it is used: the driver of the other need not load, or even be installed.
        from graphkit.backends.ladybug import LadybugBackend

        return LadybugBackend(address, read_only=read_only)
    if scheme not in SERVER_SCHEMES:
        raise BackendError(
            f"{scheme}:// is no address of a graph. Give a file name (embedded engine) or one of "
            + ", ".join(f"{known}://host:port" for known in SERVER_SCHEMES[:1] + SERVER_SCHEMES[3:4])
        )
    from graphkit.backends.neo4j import Neo4jBackend

    return Neo4jBackend(address, read_only=read_only, user=user, password=password, database=database)
