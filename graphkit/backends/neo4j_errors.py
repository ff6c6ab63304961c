"""What a Neo4j server, or its driver, raises: in our words."""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterator

from neo4j import exceptions

from graphkit.errors import (
    BackendError,
    CredentialsError,
    GraphkitError,
    ParameterError,
    QueryError,
    ServerUnavailableError,
    WriteRefusedError,
)

__all__ = ["in_our_words"]

_PLACE = re.compile(r"\s*\(line (\d+), column (\d+) \(offset: \d+\)\).*", re.DOTALL)
_CHOICES = re.compile(r": expected [^\n]{100,}")


def in_our_words(
    error: exceptions.Neo4jError | exceptions.DriverError, text: str, *, address: str, user: str, has_password: bool,
    database: str | None,
) -> GraphkitError:  # fmt: skip
    """Return the error of graphkit that says what happened, with the remedy.

    Parameters
    ----------
    error
        What the driver raised.
    text
        The statement that was run.
    address, user, has_password, database
        Of the connection.

    Examples
    --------
    >>> from graphkit.backends.neo4j_errors import in_our_words
    >>> from neo4j.exceptions import DriverError
    >>> given = {"address": "bolt://localhost", "user": "neo4j", "has_password": True, "database": None}
    >>> in_our_words(DriverError("no such scheme"), "RETURN 1", **given)
    BackendError('bolt://localhost: no such scheme')
    """
    if isinstance(error, exceptions.IncompleteCommit):
        return ServerUnavailableError(
            f"the connection to {address} broke during a commit; whether that was made is not known. A step "
            "of graphkit is completed by running it again; look before you repeat a statement of your own."
        )
    if isinstance(error, exceptions.ServiceUnavailable | exceptions.SessionExpired):
        for cause in _causes(error):
            if isinstance(cause, ssl.SSLCertVerificationError):
                scheme, host = address.split("://")
                return ServerUnavailableError(
                    f"the certificate of {address} is refused ({cause.verify_message}). It has to be made out to this "
                    "host, and signed by an authority that this machine knows. Where you are sure of the server, "
                    f"accept one that it signed itself: {scheme}sc://{host}"
                )
        return ServerUnavailableError(
            f"no Neo4j answers at {address}. Is it started (`docker compose up`, then wait until healthy)? "
            f"Are host and port those of Bolt (7687 by default)? Is TLS (+s) wanted or not? ({_reason(error)})"
        )
    if isinstance(error, exceptions.DriverError):
        return BackendError(f"{address}: {_first_line(error)}")
    code, message = error.code or "", error.message or str(error)
    if isinstance(error, exceptions.AuthError) or code.endswith("AuthenticationRateLimit"):
        given = "was refused" if has_password else "was asked for and none was given"
        return CredentialsError(
            f"{address}: the password of user {user!r} {given}. Give it as password=; the command line "
            f"takes it from NEO4J_PASSWORD, from --password-file, or asks. ({_first_line(message)})"
        )
    if isinstance(error, exceptions.Forbidden):
        return CredentialsError(f"{address}: user {user!r} may not do this ({_first_line(message)})")
    if code.endswith("AccessMode"):
        return WriteRefusedError(
            "the statement writes or changes the schema, and only reading is allowed here. Allow writing with "
            "write=True (on the command line: --write) if that is what you want."
        )
    if code.endswith("ParameterMissing"):
        return ParameterError(f"{message}: the query names it with $, and no value was given")
    if "TransactionTimedOut" in code:
        return BackendError("the query was stopped at its time limit. Narrow it, or allow more seconds.")
    if code.endswith("Transaction.Terminated"):
        return BackendError("the query was stopped")
    if "OutOfMemory" in code:
        return BackendError(
            f"{address}: the server's memory does not hold this ({_first_line(message)}). Ask for less at "
            "once, or give the server more (NEO4J_HEAP in docker-compose.yml)."
        )
    if code.endswith(("TransactionLogError", "TransactionCommitFailed", "TransactionStartFailed")):
        return BackendError(
            f"{address}: the server cannot write to its disk, which is probably full "
            f"({_first_line(message)}). Make room, start the server again (`docker compose restart`), then repeat "
            "what was not finished: `graphkit info` names it."
        )
    if code.endswith("DatabaseNotFound"):
        return BackendError(
            f"{address}: there is no database {database!r}. Community servers have one, neo4j; "
            "`SHOW DATABASES` lists them."
        )
    if database == "system":
        return BackendError(
            f"{address}: the database 'system' holds users and databases, no connectome. Leave --database out, or name "
            "another."
        )
    if code.startswith(("Neo.ClientError.Statement.", "Neo.ClientError.Procedure.")):
        return QueryError(_placed(message, text))
    return BackendError(f"{address}: {message} ({code})")


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and all that led to it: where a server of several addresses is asked, those of each."""
    while error is not None:
        yield error
        if isinstance(error, BaseExceptionGroup):
            for member in error.exceptions:
                yield from _causes(member)
        error = error.__cause__ or error.__context__


def _first_line(error: object) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__


def _reason(error: Exception) -> str:
    """Return what the machine says of a connection that is not had, which the driver's own words leave out or wrap."""
    causes = list(_causes(error))
    told = [cause.strerror or _first_line(cause) for cause in causes if isinstance(cause, OSError)]
    return told[-1] if told else _first_line(causes[-1])


def _placed(message: str, text: str) -> str:
    """Return the server's message with the place first, and a caret under it."""
    found = _PLACE.search(message)
    shortened = _CHOICES.sub("", _PLACE.sub("", message))
    line, column = (int(found[1]), int(found[2])) if found else (0, 0)
    lines = text.splitlines()
    if not 1 <= line <= len(lines):
        return shortened
    return f"line {line}, column {column}: {shortened}\n  {lines[line - 1]}\n  {' ' * (column - 1)}^"
