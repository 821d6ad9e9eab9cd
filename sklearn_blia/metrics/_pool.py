"""Repeated audits added up to one."""

from ._memorization_test import MemorizationTest, memorization_test


def pool(results):
    """Pool independent repeats of one audit into one test.

    Repeats with fresh canaries, coins and noise are independent, so their counts add: the pooled number of
    right guesses is again ``a + Binomial(b, 1/2)`` under "nothing memorized", with a, b and m summed. Under
    label-DP each canary of each repeat still tells at most epsilon, so the bound holds for the pool too.

    Parameters
    ----------
    results : iterable of MemorizationTest
        Results of the same attack on the same kind of training, held against the same target. Repeats that
        share coins (the same seed on the same labels), or several attacks on one model, must not be pooled:
        they are not independent.

    Returns
    -------
    MemorizationTest
        The test of the summed counts.

    Raises
    ------
    ValueError
        If there is none, or they differ in target, in level or in whether the attack reads labels.

    Examples
    --------
    >>> from sklearn_blia.metrics import memorization_test, pool
    >>> pooled = pool([memorization_test(60, 100), memorization_test(58, 100)])
    >>> pooled.n_correct, pooled.n_canaries, round(pooled.p_value, 3)
    (118, 200, 0.007)
    """
    results = list(results)
    if not results:
        raise ValueError("results is empty: there is nothing to pool.")
    for result in results:
        if not isinstance(result, MemorizationTest):
            raise ValueError(f"results must hold MemorizationTest objects, got {type(result).__name__}.")
    for name in ("target", "alpha", "reads_labels"):
        values = sorted({getattr(result, name) for result in results})
        if len(values) > 1:
            raise ValueError(f"The results differ in {name} ({values}): pool only repeats of one audit.")
    total = {name: sum(getattr(r, name) for r in results) for name in ("n_correct", "n_canaries")}
    if results[0].reads_labels:
        total |= {name: sum(getattr(r, name) for r in results) for name in ("n_certain", "n_undecided")}
    return memorization_test(**total, target=results[0].target, alpha=results[0].alpha)
