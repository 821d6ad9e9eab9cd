"""What DP-SGD spends when one label is replaced, by privacy loss distributions."""

from functools import lru_cache


@lru_cache(maxsize=256)
def noise_multiplier_for(epsilon, delta, sample_rate, n_steps):
    """Return the noise that DP-SGD with Poisson sampling needs for an epsilon under replace-label adjacency.

    A replaced label turns one clipped gradient into another: the two sums differ by twice the clipping norm at most,
    where accounts for adding or removing a row count once. `dp_accounting`'s privacy loss distributions know replaced
    rows; its Renyi accountant does not, and prints half of what is true.

    Parameters
    ----------
    epsilon, delta : float
        What is promised; epsilon above 0.
    sample_rate : float
        Probability with which a step takes a row.
    n_steps : int
        Number of steps.

    Returns
    -------
    float
        Standard deviation of the noise, in units of the clipping norm, a little more than is needed; 0 for an infinite
        epsilon.

    Raises
    ------
    ImportError
        Without dp-accounting.
    """
    if epsilon == float("inf"):
        return 0.0
    accounting, pld = _accounting()
    return float(
        accounting.calibrate_dp_mechanism(
            lambda: pld.PLDAccountant(accounting.NeighboringRelation.REPLACE_ONE),
            lambda sigma: _event(accounting, sigma, sample_rate, n_steps),
            epsilon,
            delta,
            accounting.LowerEndpointAndGuess(0.0, 1.0),
            tol=1e-3,
        )
    )


def epsilon_of_dp_sgd(noise_multiplier, delta, sample_rate, n_steps):
    """Return what DP-SGD with Poisson sampling spends under replace-label adjacency.

    Parameters
    ----------
    noise_multiplier : float
        Standard deviation of the noise, in units of the clipping norm.
    delta : float
        In (0, 1).
    sample_rate : float
        Probability with which a step takes a row.
    n_steps : int
        Number of steps.

    Returns
    -------
    float
        Epsilon, an upper bound.

    Raises
    ------
    ImportError
        Without dp-accounting.

    Examples
    --------
    >>> from sklearn_blia.defences import epsilon_of_dp_sgd
    >>> round(epsilon_of_dp_sgd(1.0, 1e-5, 0.01, 1000), 2)   # 1.83 for adding or removing a row
    2.84
    """
    accounting, pld = _accounting()
    accountant = pld.PLDAccountant(accounting.NeighboringRelation.REPLACE_ONE)
    return float(accountant.compose(_event(accounting, noise_multiplier, sample_rate, n_steps)).get_epsilon(delta))


def _event(accounting, sigma, sample_rate, n_steps):
    step = accounting.PoissonSampledDpEvent(sample_rate, accounting.GaussianDpEvent(sigma))
    return accounting.SelfComposedDpEvent(step, n_steps)


def _accounting():
    try:
        import dp_accounting
        from dp_accounting import pld
    except ImportError as error:
        raise ImportError("DP-SGD needs dp-accounting: install the extra, pip install 'sklearn-blia[dp]'.") from error
    return dp_accounting, pld
