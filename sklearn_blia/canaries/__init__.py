"""The secret of an audit: planting canaries, finding them in a fitted model, asking the model about them."""

from ._asking import align_proba, ask, check_proba, predicted_labels, require_predict_proba
from ._bystanders import Bystanders, bystander_rows, bystanders_of
from ._canaries import CANARY_ARRAYS, Canaries, PublicCanaries, second_proba
from ._canary_inserter import CanaryInserter
from ._canary_repeater import CanaryRepeater
from ._constraints import PlainInterval
from ._finding import (
    FoundCanaries,
    canaries_of_fitted,
    find_canaries,
    refuse_cached_samplers,
    released_labels,
    releases_labels,
)
from ._flipper import CanaryFlipper
from ._hard_row_flipper import HardRowFlipper
from ._labels import is_missing, plain_labels
from ._near_duplicates import NearDuplicates
from ._numbers import as_numbers
from ._one_sided_flipper import OneSidedFlipper
from ._pairs import candidate_codes, check_classes, positions_of
from ._planter import Planted, Planter, default_n_canaries
from ._random import fingerprinted, generator, uniforms
from ._reads_labels import ReadsLabels
from ._rows import TakenRows, all_rows, join_rows, own_rows, shared_rows, take_rows
from ._sampler import BaseLabelSampler
from ._shared_coin_flipper import SharedCoinFlipper
from ._steps import fitted_steps, is_passthrough
from ._stratified_flipper import StratifiedFlipper

__all__ = [
    "CANARY_ARRAYS",
    "BaseLabelSampler",
    "Bystanders",
    "Canaries",
    "CanaryFlipper",
    "CanaryInserter",
    "CanaryRepeater",
    "FoundCanaries",
    "HardRowFlipper",
    "NearDuplicates",
    "OneSidedFlipper",
    "PlainInterval",
    "Planted",
    "Planter",
    "PublicCanaries",
    "ReadsLabels",
    "SharedCoinFlipper",
    "StratifiedFlipper",
    "TakenRows",
    "align_proba",
    "all_rows",
    "as_numbers",
    "ask",
    "bystander_rows",
    "bystanders_of",
    "canaries_of_fitted",
    "candidate_codes",
    "check_classes",
    "check_proba",
    "default_n_canaries",
    "find_canaries",
    "fingerprinted",
    "fitted_steps",
    "generator",
    "is_missing",
    "is_passthrough",
    "join_rows",
    "own_rows",
    "plain_labels",
    "positions_of",
    "predicted_labels",
    "refuse_cached_samplers",
    "released_labels",
    "releases_labels",
    "require_predict_proba",
    "second_proba",
    "shared_rows",
    "take_rows",
    "uniforms",
]
