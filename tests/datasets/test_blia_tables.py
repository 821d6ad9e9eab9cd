import numpy as np

from sklearn_blia.datasets import load_blia_tables


def test_42_rows_of_six_benchmarks():
    tables = load_blia_tables()
    names, counts = np.unique(tables.benchmark, return_counts=True)
    assert list(names) == ["big_vul", "census", "cifar10", "cifar100", "fashion_mnist", "imdb"]
    assert (counts == 7).all()
    for name in names:
        epsilons = tables.epsilon[tables.benchmark == name]
        np.testing.assert_array_equal(epsilons, [np.inf, 4, 2, 1, 0.8, 0.5, 0.3])


def test_success_ratios_are_whole_numbers_of_canaries():
    """Each printed ratio, to its two decimals, is a count over n_canaries: none was mistyped by a digit."""
    tables = load_blia_tables()
    for ratio in (tables.threshold_success_ratio, tables.delta_margin_success_ratio):
        counts = np.round(ratio / 100 * tables.n_canaries)
        np.testing.assert_allclose(100 * counts / tables.n_canaries, ratio, atol=0.0151)


def test_frame():
    frame = load_blia_tables(as_frame=True).frame
    assert frame.shape == (42, 9)
    assert load_blia_tables().frame is None
    assert "2503.12801" in load_blia_tables().DESCR
