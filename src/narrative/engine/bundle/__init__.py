"""The portable model: write, verify, load, predict.

>>> from narrative.engine.bundle import load_bundle, write_bundle, verify_bundle  # one file, plain arrays, no code
"""

from narrative.engine.bundle.archive import BundleLimits
from narrative.engine.bundle.bundle import Bundle, BundleInfo
from narrative.engine.bundle.contract import (
    ContractCategory,
    ContractColumn,
    InputContract,
    build_contract,
)
from narrative.engine.bundle.load import load_bundle
from narrative.engine.bundle.predictions import Predictions, bad_rows_frame, notes_of_file, predictions_frame
from narrative.engine.bundle.predictor import Predictor
from narrative.engine.bundle.reasons import Reason
from narrative.engine.bundle.single import RowAnswer
from narrative.engine.bundle.verify import VerifyReport, verify_bundle
from narrative.engine.bundle.write import write_bundle

__all__ = [
    "Bundle",
    "BundleInfo",
    "BundleLimits",
    "ContractCategory",
    "ContractColumn",
    "InputContract",
    "Predictions",
    "Predictor",
    "Reason",
    "RowAnswer",
    "VerifyReport",
    "bad_rows_frame",
    "build_contract",
    "load_bundle",
    "notes_of_file",
    "predictions_frame",
    "verify_bundle",
    "write_bundle",
]
