"""Wire shapes of sources."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, Field, SecretStr, model_validator

from narrative.studio.schemas import Failure, RequestBody
from narrative.studio.sources.entities import Kind, Outcome

Connection = Field(default=None, min_length=1, max_length=60, description="Name of what the operator set up.")


class SourceRequest(RequestBody):
    """What all sources have."""

    name: str | None = Field(default=None, min_length=1, max_length=200, description="How the dataset will be called.")
    project: str = Field(default="new", max_length=60, description="`new`, or the project that gets the table.")


class TextRequest(SourceRequest):
    """A table as text, such as one copied from a spreadsheet."""

    text: str = Field(examples=["city\tpeople\nOslo\t709000\n"])


class URLRequest(SourceRequest):
    """A file on the web. The address is kept for a refresh, unless it holds a key or a signature."""

    url: str = Field(max_length=4_000, examples=["https://example.org/table.csv"])


class QueryRequest(SourceRequest):
    """A query over a PostgreSQL, MySQL or MariaDB database. An address is used once and never stored."""

    database_url: SecretStr | None = Field(
        default=None, max_length=4_000, examples=["postgresql://reader:password@db.example.org/sales"]
    )
    connection: str | None = Connection
    query: str = Field(max_length=20_000, examples=["SELECT * FROM orders WHERE year = 2026"])

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.database_url is None) == (self.connection is None):
            raise ValueError("give database_url or connection, and only one of them")
        return self


class Key(RequestBody):
    """A key of a store. It is used once and never stored."""

    key_id: SecretStr = Field(max_length=400)
    secret: SecretStr = Field(max_length=400)
    session_token: SecretStr | None = Field(default=None, max_length=4_000)


class ObjectRequest(SourceRequest):
    """An object of a store that speaks like Amazon S3; without a key or a connection it must be public."""

    address: str = Field(max_length=1_200, examples=["s3://sales/2026/orders.csv"])
    endpoint: str = Field(default="", max_length=300, description="Scheme and host; empty means Amazon's own.")
    region: str = Field(default="", max_length=40, examples=["eu-central-1"])
    key: Key | None = None
    connection: str | None = Connection

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.connection is not None and (self.key is not None or self.endpoint):
            raise ValueError("a connection brings its own endpoint and key; give none besides")
        return self


class RefreshRequest(RequestBody):
    """Fetch again. What was not kept has to be given: see ``needs`` of the source."""

    url: SecretStr | None = Field(default=None, max_length=4_000)
    database_url: SecretStr | None = Field(default=None, max_length=4_000)
    key: Key | None = None


class DatasetSource(BaseModel):
    """Where a dataset came from, and what the last look at it found."""

    kind: Kind
    place: str = Field(description="For people: the address, the connection, or what is known of it.")
    query: str | None
    connection: str | None
    needs: Literal["url", "database_url", "key"] | None = Field(
        description="What has to be given for the next fetch because it is not kept; null when nothing is missing."
    )
    looked_at: str
    outcome: Outcome
    sentence: str
    error: Failure | None
    before: str | None = Field(description="The version that the last change replaced.")
    version: str | None = Field(description="The version that the last change made; null while it is being read.")
    job_id: str | None


class SourceConnection(BaseModel):
    """Something that the operator gave under a name. Nothing else of it is shown."""

    name: str
    kind: Literal["query", "object"]


class SourceConnections(BaseModel):
    """What can be named instead of typing an address with a password."""

    items: list[SourceConnection]
