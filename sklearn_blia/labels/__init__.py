"""Label samplers: what changes y. None of them touches X or the number of rows."""

from ..metrics import epsilon_from_keep_probability
from ._canary_flipper import CanaryFlipper
from ._forget import forget
from ._randomized_response import RandomizedResponse

__all__ = ["CanaryFlipper", "RandomizedResponse", "epsilon_from_keep_probability", "forget"]
