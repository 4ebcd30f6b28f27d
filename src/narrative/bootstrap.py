"""Puts a process together: the only place that chooses adapters and builds services."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import importlib.util
import pkgutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from narrative.adapters.loading import open_blobs, open_metadata
from narrative.background.handlers import JobRegistry
from narrative.background.queue import Queue
from narrative.core.clock import Clock, SystemClock
from narrative.core.errors import NarrativeError
from narrative.settings import Settings
from narrative.studio.platform import Limits, Platform, Services
from narrative.telemetry.logs import event_log

if TYPE_CHECKING:
    from fastapi import APIRouter, FastAPI

    from narrative.background.worker import Worker
    from narrative.studio.datasets.service import DatasetService

log = event_log("bootstrap")
STUDIO: Final = "narrative.studio"
STATIC_FOLDER: Final = Path(__file__).parent / "static"
SWEEP_SECONDS: Final = 3_600.0


@dataclass(frozen=True)
class Parts:
    """What every process has: the platform, all services, all kinds of jobs."""

    settings: Settings
    platform: Platform
    services: Services
    registry: JobRegistry

    def close(self) -> None:
        """End warm children, give connections back."""
        from narrative.studio.warm import WarmPool

        self.services.of(WarmPool).close()
        self.platform.store.close()


def build(settings: Settings, clock: Clock | None = None) -> Parts:
    """Open the stores and build every service.

    Raises:
        Unavailable: a store does not open (damaged, not writable, …), with advice.
        PluginError: a slice breaks the rules of discovery.
    """
    clock = clock or SystemClock()
    store = open_metadata(settings.metadata_address, clock)
    registry = JobRegistry.discover(STUDIO)
    queue = Queue(store, registry, clock, lease_seconds=settings.lease_seconds)
    queue.ensure()
    platform = Platform(
        store=store,
        blobs=open_blobs(settings.blobs_address, clock),
        queue=queue,
        clock=clock,
        work_folder=settings.data_dir / "work",
        limits=Limits(
            upload_bytes=settings.upload_limit_bytes,
            uploads_per_minute=settings.uploads_per_minute,
            key_calls_per_hour=settings.key_calls_per_hour,
            open_uploads=settings.open_uploads,
            open_upload_bytes=max(settings.open_upload_bytes, settings.upload_limit_bytes),
            child_memory_bytes=settings.child_memory_bytes,
            threads=settings.threads,
        ),
    )
    return Parts(settings, platform, _services(platform, settings), registry)


def _services(platform: Platform, settings: Settings) -> Services:
    from narrative.studio.accounts.service import AccountService
    from narrative.studio.catalog.service import CatalogService
    from narrative.studio.combining.service import CombiningService
    from narrative.studio.data_checks.service import DataCheckService
    from narrative.studio.datasets.service import DatasetService
    from narrative.studio.deployments.calls import CallService
    from narrative.studio.deployments.service import DeploymentService
    from narrative.studio.ensembles.service import EnsembleService
    from narrative.studio.experiments.service import ExperimentService
    from narrative.studio.exploration.service import ExplorationService
    from narrative.studio.features.wiring import feature_services
    from narrative.studio.lineage.service import LineageService
    from narrative.studio.models.service import ModelService
    from narrative.studio.operations.events import EventService
    from narrative.studio.operations.service import OperationsService
    from narrative.studio.predictions.service import PredictionService
    from narrative.studio.projects.service import ProjectService
    from narrative.studio.questions.service import QuestionService
    from narrative.studio.rates import UploadRate
    from narrative.studio.recipes.applying import ApplyService
    from narrative.studio.recipes.previews import PreviewService
    from narrative.studio.recipes.service import RecipeService
    from narrative.studio.saved_recipes.service import SavedRecipeService
    from narrative.studio.stories.service import StoryService
    from narrative.studio.tables.service import TableService
    from narrative.studio.uploads.service import UploadService
    from narrative.studio.versions.service import VersionService
    from narrative.studio.warm import WarmPool
    from narrative.studio.workspaces.service import WorkspaceService

    workspaces = WorkspaceService(platform)
    accounts = AccountService(platform, workspaces)
    projects = ProjectService(platform)
    stories = StoryService(platform, projects)
    rate = UploadRate(platform)
    datasets = DatasetService(platform, projects, stories, rate)
    models = ModelService(platform, projects)
    predictions = PredictionService(platform, projects, models, stories)
    deployments = DeploymentService(platform, projects, models, predictions, stories)
    calls = CallService(platform, models, predictions)
    accounts.check_targets_with(calls.check_key_targets)
    pool = WarmPool(platform)
    experiments = ExperimentService(platform, projects, models, stories)
    versions = VersionService(platform, projects, datasets, pool)
    recipes = RecipeService(platform, projects, datasets, versions)
    built = (
        platform,
        workspaces,
        accounts,
        projects,
        stories,
        models,
        predictions,
        deployments,
        calls,
        datasets,
        UploadService(platform, datasets, rate),
        CombiningService(platform, datasets),
        ExplorationService(platform, datasets),
        *_sources(platform, settings, datasets),
        pool,
        recipes,
        *feature_services(platform, projects, datasets, recipes, stories),
        versions,
        LineageService(platform, datasets, versions),
        PreviewService(platform, projects, datasets, pool),
        SavedRecipeService(platform, datasets, recipes),
        ApplyService(platform, projects, datasets, recipes, versions=versions, stories=stories),
        QuestionService(platform, projects, datasets),
        TableService(platform, projects, datasets),
        DataCheckService(platform, projects, datasets),
        experiments,
        EnsembleService(platform, projects, experiments),
        OperationsService(platform),
        EventService(platform, projects, accounts),
        CatalogService(),
    )
    return Services({type(service): service for service in built})


def _sources(platform: Platform, settings: Settings, datasets: DatasetService) -> tuple[object, ...]:
    """What loads from elsewhere, with the only ways out there are."""
    from narrative.adapters.databases.by_scheme import DatabasesByScheme
    from narrative.adapters.egress.addresses import Allowed
    from narrative.adapters.egress.guarded import GuardedEgress
    from narrative.adapters.objects.s3 import S3Objects
    from narrative.studio.schedules.service import ScheduleService
    from narrative.studio.sources.connections import read_connections
    from narrative.studio.sources.fetching import Fetcher
    from narrative.studio.sources.refreshing import RefreshService
    from narrative.studio.sources.service import SourceService

    seconds, clock = settings.source_seconds, platform.clock
    egress = GuardedEgress([Allowed.of(text) for text in settings.egress_allow], seconds=seconds)
    databases = DatabasesByScheme(egress.connect, seconds=seconds, max_rows=settings.query_rows)
    objects = S3Objects(egress, seconds=seconds, clock=clock)
    connections = read_connections(settings.connections) if settings.connections else {}
    sources = SourceService(platform, datasets, Fetcher(egress, databases, objects, connections))
    refreshes = RefreshService(platform, datasets, sources)
    return sources, refreshes, ScheduleService(platform, datasets, refreshes)


def slice_routers() -> list[APIRouter]:
    """The routers of every slice, found by folder: ``router`` below ``/api/v1`` and ``root`` outside."""
    folder = importlib.import_module(STUDIO)
    routers = []
    for info in sorted(pkgutil.iter_modules(folder.__path__), key=lambda item: item.name):
        name = f"{STUDIO}.{info.name}.routes"
        if info.ispkg and importlib.util.find_spec(name) is not None:
            module = importlib.import_module(name)
            routers += [getattr(module, kind) for kind in ("root", "router") if hasattr(module, kind)]
    return routers


def build_api(parts: Parts, static_folder: Path = STATIC_FOLDER) -> FastAPI:
    """The HTTP application. Raises ``PolicyError`` when a route declares no policy."""
    from fastapi import FastAPI as Application

    from narrative.http.app import create_app
    from narrative.http.idempotency import IdempotencyStore
    from narrative.studio.accounts.service import AccountService
    from narrative.studio.operations.events import EventService

    accounts, events = parts.services.of(AccountService), parts.services.of(EventService)
    idempotency = IdempotencyStore(parts.platform.store, parts.platform.clock)

    async def sweep() -> None:
        while True:
            for chore in (idempotency.sweep, accounts.sweep):
                try:
                    await asyncio.to_thread(chore)
                except NarrativeError as error:
                    log.warning("bootstrap.sweep_failed", error=error)
            await asyncio.sleep(SWEEP_SECONDS)

    @contextlib.asynccontextmanager
    async def lifespan(_: Application) -> AsyncIterator[None]:
        sweeping = asyncio.create_task(sweep())
        yield
        events.close()
        sweeping.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await sweeping
        parts.close()

    return create_app(
        routers=slice_routers(),
        services=parts.services,
        authenticator=accounts,
        idempotency=idempotency,
        clock=parts.platform.clock,
        static_folder=static_folder,
        allowed_hosts=parts.settings.hosts,
        public_url=parts.settings.public_url,
        lifespan=lifespan,
    )


def build_worker(parts: Parts) -> Worker:
    """A worker for every kind of job."""
    from narrative.background.worker import Worker as BackgroundWorker
    from narrative.studio.kept_blobs import release_unnamed
    from narrative.studio.schedules.service import ScheduleService
    from narrative.studio.uploads.service import UploadService
    from narrative.studio.work import sweep_work_folders
    from narrative.studio.workspaces.service import WorkspaceService

    settings, platform = parts.settings, parts.platform

    def release() -> None:
        for tenant in parts.services.of(WorkspaceService).tenants():
            n_blobs = release_unnamed(platform, tenant, older_than_seconds=settings.leftover_seconds)
            if n_blobs:
                log.info("bootstrap.blobs_released", workspace_id=tenant.workspace_id, n_blobs=n_blobs)

    return BackgroundWorker(
        platform.store,
        parts.registry,
        parts.services,
        clock=platform.clock,
        queue=platform.queue,
        slots={"quick": settings.quick_slots, "long": settings.long_slots},
        lease_seconds=settings.lease_seconds,
        heartbeat_seconds=settings.heartbeat_seconds,
        drain_seconds=settings.drain_seconds,
        upkeep=(
            parts.services.of(UploadService).sweep,
            platform.blobs.sweep,
            platform.queue.sweep,
            lambda: sweep_work_folders(platform),
            release,
        ),
        ticks=(parts.services.of(ScheduleService).start_due,),
    )
