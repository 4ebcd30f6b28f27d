"""Wire shapes of sources."""

from __future__ import annotations

from pydantic import Field, SecretStr

from narrative.studio.schemas import RequestBody


class SourceRequest(RequestBody):
    """What all sources have."""

    name: str | None = Field(default=None, min_length=1, max_length=200, description="How the dataset will be called.")
    project: str = Field(default="new", max_length=60, description="`new`, or the project that gets the table.")


class TextRequest(SourceRequest):
    """A table as text, such as one copied from a spreadsheet."""

    text: str = Field(examples=["city\tpeople\nOslo\t709000\n"])


class URLRequest(SourceRequest):
    """A file on the web."""

    url: str = Field(max_length=4_000, examples=["https://example.org/table.csv"])


class QueryRequest(SourceRequest):
    """A query over a PostgreSQL database. The address is used once and never stored."""

    database_url: SecretStr = Field(max_length=4_000, examples=["postgresql://reader:password@db.example.org/sales"])
    query: str = Field(max_length=20_000, examples=["SELECT * FROM orders WHERE year = 2026"])
