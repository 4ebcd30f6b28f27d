"""Wire shapes of recipes."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, Field

from narrative.engine.cleaning.types import Proposal
from narrative.engine.effects.types import ColumnChange, Loss
from narrative.studio.datasets.schemas import Cell
from narrative.studio.schemas import RequestBody

MAX_STEPS = 100
MAX_PREVIEW_ROWS = 500


class RecipeStep(BaseModel):
    """One step with what it is called."""

    id: str
    type: str
    title: str
    sentence: str
    params: dict[str, Any]
    enabled: bool
    columns: list[str] = Field(description="Columns it names.")
    reshapes: bool = Field(description="It makes other rows, so it is carried out before anything is trained.")


class RecipeBranch(BaseModel):
    """A line of work on the recipe; branches share the states before they parted."""

    id: str
    name: str
    tip_id: str = Field(description="Its newest state.")
    is_current: bool


class RecipeQuality(BaseModel):
    """Quality of the table as the steps leave it where they were carried out, else as it was loaded; 0 to 100."""

    score: float
    enough_above: float
    is_enough: bool
    note: str = Field(description="Why somebody goes on with less; empty where nobody said so.")
    noted_at: str | None


class ProjectRecipe(BaseModel):
    """Steps that the next training runs before its automatic preparation."""

    steps: list[RecipeStep]
    can_undo: bool
    can_redo: bool
    state_id: str | None = Field(description="Where the steps stand in their history; null before the first change.")
    branches: list[RecipeBranch]
    is_trained: bool = Field(description="Whether the present model was trained with exactly these steps.")
    quality: RecipeQuality | None = Field(description="Null while the table is not profiled.")
    rev: int = Field(description="Of the project; send it as If-Match to change only what you saw.")


class QualityNoteRequest(RequestBody):
    """Why to go on with the quality there is; an empty note takes it back."""

    note: str = Field(max_length=1_000, examples=["The gaps are closed days."])


class RecipeState(BaseModel):
    """One state of the history: what was changed in words, when, by whom."""

    id: str
    number: int
    parent_id: str | None
    what: str
    created_at: str
    created_by: str | None = Field(description="Name of the person; null where nobody noted it.")
    n_steps: int
    branches: list[str] = Field(description="Branches whose newest state this is.")
    is_current: bool


class RecipeHistory(BaseModel):
    """The history as a tree, oldest state first; every state but the first has a parent."""

    states: list[RecipeState]
    state_id: str | None
    branches: list[RecipeBranch]
    rev: int


class RecipeStateDetail(BaseModel):
    """The steps of one state."""

    state: RecipeState
    steps: list[RecipeStep]


class StepRequest(RequestBody):
    """A step to add, as a finding suggests it or a person writes it."""

    type: str = Field(max_length=60, examples=["drop_columns"])
    params: dict[str, Any] = Field(default_factory=dict, examples=[{"columns": ["customer_id"]}])
    enabled: bool = True
    id: str = Field(default="", max_length=40, description="Kept when given; else the server gives one.")


class RecipeRequest(RequestBody):
    """All steps in their order."""

    steps: list[StepRequest] = Field(max_length=MAX_STEPS)


class StepChange(RequestBody):
    """What to change of a step; null leaves it as it is."""

    params: dict[str, Any] | None = None
    enabled: bool | None = None
    position: int | None = Field(default=None, ge=0, lt=MAX_STEPS, description="Its new place; 0 is first.")


class GoRequest(RequestBody):
    """A state of the history, or a branch whose newest state is meant."""

    state_id: str | None = Field(default=None, max_length=60)
    branch_id: str | None = Field(default=None, max_length=40)


class BranchName(RequestBody):
    """What a branch is called."""

    name: str = Field(min_length=1, max_length=80)


class PreviewRequest(RequestBody):
    """Which rows to show, of which steps. Nothing is saved."""

    steps: list[StepRequest] | None = Field(
        default=None, max_length=MAX_STEPS, description="Steps to try; null takes those of the project."
    )
    step_id: str | None = Field(default=None, max_length=40, description="Look at this step alone; null: at all.")
    show: Literal["first", "changed", "dropped"] = "first"
    rows: int = Field(default=50, ge=1, le=MAX_PREVIEW_ROWS)


class PreviewTableColumn(BaseModel):
    """A column and its storage type."""

    name: str
    dtype: str


class PreviewTable(BaseModel):
    """Some rows. Missing is null, times are ISO 8601 text, integers beyond 2^53 are text."""

    columns: list[PreviewTableColumn]
    rows: list[list[Cell]]


class RecipePreview(BaseModel):
    """Before and after on the same rows. Counts are of the rows looked at."""

    step_id: str | None
    sentence: str
    before: PreviewTable
    after: PreviewTable
    row_numbers: list[int] = Field(description="Row of the table, from 1, of each row of `before`.")
    rows_stay: bool = Field(
        description="Rows of `after` are those of `before` that are not dropped, in the same order; "
        "false when a step makes other rows."
    )
    dropped: list[int] = Field(description="Places in `before.rows` that are left out.")
    changed_cells: list[tuple[int, int]] = Field(description="Row and column in `after` of cells that differ.")
    rows_before: int
    rows_after: int
    rows_dropped: int
    cells_changed: int
    columns_added: list[str]
    columns_removed: list[str]
    columns: list[ColumnChange] = Field(description="New, lost and changed columns with both distributions.")
    n_columns_left_out: int
    loss: Loss = Field(description="Of all steps together, whatever step is looked at.")
    warnings: list[str]
    is_sampled: bool
    n_rows: int = Field(description="Of the whole table.")


class RecipeFault(BaseModel):
    """Why a step does not fit."""

    code: str
    message: str
    step_id: str | None
    column: str | None
    fix: str | None


class RecipeCheck(BaseModel):
    """Whether steps fit a table, before anything runs."""

    valid: bool
    faults: list[RecipeFault]


class ApplyRequest(RequestBody):
    """Carry the steps out. A recipe that takes away more than half of the rows or values needs the confirmation."""

    allow_data_loss: bool = False
    note: str = Field(default="", max_length=500, description="For the history of versions.")


class CleaningProposals(BaseModel):
    """Repairs that are beyond doubt, in the order in which they work; each can be taken or left alone."""

    items: list[Proposal]
