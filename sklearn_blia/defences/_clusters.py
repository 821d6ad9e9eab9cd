"""A prior from clusters: how often each label occurs among rows that look alike, told under label-DP."""

import numpy as np

from ._discrete_laplace import discrete_laplace


def cluster_prior(cluster, codes, n_classes, epsilon, draw):
    """Return for each row the noised histogram of labels in its cluster.

    A histogram of all rows of a cluster moves by 2 in L1 when one label is
    replaced, so each count gets discrete Laplace noise of scale 2 / epsilon (Ghazi et al. 2021, Algorithm 4).

    Parameters
    ----------
    cluster : ndarray of int of shape (n_samples,)
        Cluster of each row, found without labels.
    codes : ndarray of int of shape (n_samples,)
        Labels as positions in the classes.
    n_classes : int
        Number of classes.
    epsilon : float
        What is spent.
    draw : callable
        From a shape to uniform numbers in [0, 1).

    Returns
    -------
    ndarray of shape (n_samples, n_classes)
        Probabilities.
    """
    _, cluster = np.unique(cluster, return_inverse=True)
    counts = np.zeros((cluster.max() + 1, n_classes))
    np.add.at(counts, (cluster, codes), 1)
    noised = np.maximum(counts + discrete_laplace(epsilon / 2, draw, counts.shape), 0)
    total = noised.sum(axis=1, keepdims=True)
    shares = np.divide(noised, total, out=np.full(counts.shape, 1 / n_classes), where=total > 0)
    return shares[cluster]
