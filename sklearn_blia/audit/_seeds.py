"""Seeds of everything random inside an estimator."""

import numpy as np
from sklearn.base import clone


def with_seed(estimator, seed):
    """Clone an estimator with every ``random_state`` in it drawn from a seed, in the order of their names."""
    estimator = clone(estimator)
    rng = np.random.RandomState(seed)
    names = [name for name in sorted(estimator.get_params()) if name.split("__")[-1] == "random_state"]
    return estimator.set_params(**{name: int(rng.randint(2**31)) for name in names})
