"""Row counts, balance and first rows of the real files, where a data home with them lies on this machine."""

import os
import warnings

import numpy as np
import pytest

from sklearn_blia.datasets import (
    fetch_census,
    fetch_cifar10,
    fetch_devign,
    fetch_fashion_mnist,
    fetch_imdb,
    make_census_preprocessor,
)


def real(fetch, **params):
    if not os.environ.get("SKLEARN_BLIA_DATA"):
        pytest.skip("SKLEARN_BLIA_DATA names no data home")
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "These files")  # a copy need not be exact to be counted
            return fetch(download_if_missing=False, **params)
    except OSError as error:
        pytest.skip(str(error))


def test_census():
    bunch = real(fetch_census)
    assert (len(bunch.target), bunch.target.sum()) == (32_561, 7_841)
    assert bunch.data[0].tolist()[:5] == [39, "State-gov", 77516, "Bachelors", 13]
    assert make_census_preprocessor().fit_transform(bunch.data).shape == (32_561, 108)
    assert (len(real(fetch_census, subset="test").target), len(real(fetch_census, paper_split=True).target)) == (
        16_281,
        26_048,
    )
    assert len(real(fetch_census, paper_split=True, subset="test").target) == 6_513


@pytest.mark.parametrize("subset", ["train", "test"])
def test_imdb(subset):
    bunch = real(fetch_imdb, subset=subset)
    assert np.bincount(bunch.target).tolist() == [12_500, 12_500]
    assert min(map(len, bunch.data)) > 0


def test_fashion_mnist():
    bunch = real(fetch_fashion_mnist, binary=None)
    assert np.bincount(bunch.target).tolist() == [6_000] * 10
    assert bunch.target_names[bunch.target[0]] == "Ankle boot"
    assert real(fetch_fashion_mnist, subset="test").target.mean() == 0.5


def test_cifar10():
    bunch = real(fetch_cifar10, binary=None)
    assert np.bincount(bunch.target).tolist() == [5_000] * 10
    assert [bunch.target_names[code] for code in bunch.target[:3]] == ["frog", "truck", "truck"]
    assert real(fetch_cifar10, subset="test").target.mean() == 0.6


def test_devign():
    bunch = real(fetch_devign)
    assert (len(bunch.target), bunch.target.sum()) == (27_318, 12_460)
    assert bunch.data[0].startswith("static av_cold int vdadec_init(AVCodecContext *avctx)")
