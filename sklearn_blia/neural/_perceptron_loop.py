"""Minibatches of a perceptron as one compiled function: products by BLAS, all else in single passes over the cache.

Importing this needs numba and compiles nothing: the first call does, and numba keeps the machine code on the disk.
Layers lie behind each other in one vector of parameters: weights of shape (n_in, n_out) row by row, then biases.
"""

import numpy as np
from numba import njit

SGD, ADAM, ADAMW = range(3)

# Sums may be taken in any order. Not "nnan" and "ninf": a training that diverges has to be seen to.
_SETTINGS = {"nogil": True, "error_model": "numpy", "fastmath": {"reassoc", "contract", "arcp", "nsz"}}


def _compiled(function):
    try:
        return njit(cache=True, **_SETTINGS)(function)
    except RuntimeError:  # no folder that could be written to
        return njit(**_SETTINGS)(function)


@_compiled
def train_batches(
    X, sparse, codes, order, batch_size, sizes, params, grads, state, n_done, optimizer, activations, errors
):
    """Train on minibatches, one after another.

    Parameters
    ----------
    X : ndarray of shape (n_rows, n_features)
        Rows, of the type of the parameters.
    sparse : tuple of ndarray
        Where most of X is zero, what is not, by rows, as SciPy's ``indptr``, ``indices`` and ``data``, which the first
        layer then reads in place of X; else three empty arrays.
    codes : ndarray of int of shape (n_rows,)
        Labels as positions in the classes.
    order : ndarray of int of shape (n_visited,)
        Rows in the order in which they are visited.
    batch_size : int
        Rows of a minibatch.
    sizes : ndarray of int of shape (n_layers + 1,)
        Units of each layer, features first, classes last.
    params, grads : ndarray of shape (n_params,)
        Parameters; room for their gradients.
    state : ndarray of shape (2, n_params)
        Running means of gradients and squares (Adam), or momentum in the first row (SGD).
    n_done : int
        Steps that were made before.
    optimizer : tuple of (int, float, float, float, float, float)
        Which of SGD, ADAM and ADAMW; learning rate, first and second decay (SGD: momentum, none), epsilon, weight
        decay.
    activations, errors : ndarray of shape (batch_size * sum(sizes),)
        Room for the layers' outputs, rows first, and for the gradients at these.

    Returns
    -------
    float
        Sum of the losses of all visited rows, each before its step.
    """
    total = 0.0
    for start in range(0, order.size, batch_size):
        rows = order[start : start + batch_size]
        total += _forward(X, sparse, codes, rows, batch_size, sizes, params, activations, errors)
        _backward(sparse, rows, batch_size, sizes, params, grads, activations, errors)
        n_done += 1
        _step(params, grads, state, n_done, optimizer)
    return total


@_compiled
def _forward(X, sparse, codes, rows, batch_size, sizes, params, activations, errors):
    """Outputs of all layers; the sum of the losses; in `errors` the gradient at the scores."""
    n, n_layers = rows.size, sizes.size - 1
    below = activations[: n * sizes[0]].reshape(n, sizes[0])
    is_sparse = sparse[0].size > 0
    if not is_sparse:
        _gather(X, rows, below)
    weight, unit = 0, batch_size * sizes[0]
    for layer in range(n_layers):
        n_in, n_out = sizes[layer], sizes[layer + 1]
        bias = weight + n_in * n_out
        above = activations[unit : unit + n * n_out].reshape(n, n_out)
        weights = params[weight:bias].reshape(n_in, n_out)
        if is_sparse and not layer:
            _sparse_product(sparse, rows, weights, above)
        else:
            np.dot(below, weights, above)
        if layer < n_layers - 1:
            _add_and_rectify(above, params[bias : bias + n_out])
        else:
            at_scores = errors[unit : unit + n * n_out].reshape(n, n_out)
            return _cross_entropy(above, params[bias : bias + n_out], codes, rows, at_scores)
        below, weight, unit = above, bias + n_out, unit + batch_size * n_out
    return 0.0


@_compiled
def _gather(X, rows, out):
    for i in range(rows.size):
        row = rows[i]
        for j in range(X.shape[1]):
            out[i, j] = X[row, j]


@_compiled
def _sparse_product(sparse, rows, weights, out):
    starts, columns, values = sparse
    n_units = out.shape[1]
    for i in range(rows.size):
        sums, k, end = out[i], starts[rows[i]], starts[rows[i] + 1]
        sums[:] = 0
        while k + 4 <= end:  # four at a time: the sums are read and written a quarter as often
            a, b, c, d = columns[k], columns[k + 1], columns[k + 2], columns[k + 3]
            p, q, r, s = values[k], values[k + 1], values[k + 2], values[k + 3]
            for j in range(n_units):
                sums[j] += p * weights[a, j] + q * weights[b, j] + r * weights[c, j] + s * weights[d, j]
            k += 4
        for last in range(k, end):
            for j in range(n_units):
                sums[j] += values[last] * weights[columns[last], j]


@_compiled
def _add_sparse_gradient(sparse, rows, error, out):
    starts, columns, values = sparse
    out[:] = 0
    for i in range(rows.size):
        for k in range(starts[rows[i]], starts[rows[i] + 1]):
            column, value = columns[k], values[k]
            for j in range(error.shape[1]):
                out[column, j] += value * error[i, j]


@_compiled
def _add_and_rectify(outputs, bias):
    n_rows, n_units = outputs.shape
    for i in range(n_rows):
        for j in range(n_units):
            value = outputs[i, j] + bias[j]
            outputs[i, j] = outputs.dtype.type(0) if value <= 0 else value  # NaN goes through, as with torch


@_compiled
def _cross_entropy(scores, bias, codes, rows, at_scores):
    n_rows, n_classes = scores.shape
    total = 0.0
    for i in range(n_rows):
        code = codes[rows[i]]
        highest = scores[i, 0] + bias[0]
        for j in range(n_classes):
            scores[i, j] += bias[j]
            highest = max(highest, scores[i, j])
        mass = scores.dtype.type(0)
        for j in range(n_classes):
            at_scores[i, j] = np.exp(scores[i, j] - highest)
            mass += at_scores[i, j]
        total += np.log(mass) + highest - scores[i, code]
        share = 1 / (mass * n_rows)
        for j in range(n_classes):
            at_scores[i, j] *= share
        at_scores[i, code] -= at_scores.dtype.type(1) / n_rows
    return total


@_compiled
def _backward(sparse, rows, batch_size, sizes, params, grads, activations, errors):
    """Gradients of all parameters, from the last layer to the first."""
    n = rows.size
    weight, unit = params.size, batch_size * sizes.sum()
    for layer in range(sizes.size - 2, -1, -1):
        n_in, n_out = sizes[layer], sizes[layer + 1]
        bias = weight - n_out
        weight, unit = bias - n_in * n_out, unit - batch_size * n_out
        error = errors[unit : unit + n * n_out].reshape(n, n_out)
        lower = unit - batch_size * n_in
        below = activations[lower : lower + n * n_in].reshape(n, n_in)
        gradient = grads[weight:bias].reshape(n_in, n_out)
        if layer or not sparse[0].size:
            np.dot(below.T, error, gradient)
        else:
            _add_sparse_gradient(sparse, rows, error, gradient)
        _sum_rows(error, grads[bias : bias + n_out])
        if layer:
            error_below = errors[lower : lower + n * n_in].reshape(n, n_in)
            np.dot(error, params[weight:bias].reshape(n_in, n_out).T, error_below)
            _through_rectifier(error_below, below)


@_compiled
def _sum_rows(error, out):
    out[:] = 0
    n_rows, n_units = error.shape
    for i in range(n_rows):
        for j in range(n_units):
            out[j] += error[i, j]


@_compiled
def _through_rectifier(error, output):
    n_rows, n_units = error.shape
    for i in range(n_rows):
        for j in range(n_units):
            error[i, j] = error.dtype.type(0) if output[i, j] <= 0 else error[i, j]


@_compiled
def _step(params, grads, state, n_done, optimizer):
    kind, lr, first_decay, second_decay, epsilon, weight_decay = optimizer
    number = params.dtype.type
    if kind == SGD:
        _step_sgd(params, grads, state[0], n_done == 1, number(lr), number(first_decay), number(weight_decay))
        return
    length = lr / (1 - first_decay**n_done)
    scale = 1 / np.sqrt(1 - second_decay**n_done)
    if kind == ADAMW:
        shrink, decay = 1 - lr * weight_decay, 0.0
    else:
        shrink, decay = 1.0, weight_decay
    _step_adam(
        params, grads, state[0], state[1], number(length), number(scale), number(1 - first_decay),
        number(second_decay), number(1 - second_decay), number(epsilon), number(shrink), number(decay),
    )  # fmt: skip


@_compiled
def _step_sgd(params, grads, velocity, is_first, lr, momentum, decay):
    for i in range(params.size):
        grad = grads[i] + decay * params[i]
        velocity[i] = grad if is_first else momentum * velocity[i] + grad
        params[i] -= lr * velocity[i]


@_compiled
def _step_adam(params, grads, mean, square, length, scale, new, keep, new_square, epsilon, shrink, decay):
    """Kingma and Ba 2015, Algorithm 1; with `shrink` Loshchilov and Hutter 2019, Algorithm 2."""
    for i in range(params.size):
        grad = grads[i] + decay * params[i]
        mean[i] += (grad - mean[i]) * new
        square[i] = square[i] * keep + grad * grad * new_square
        params[i] = params[i] * shrink - length * mean[i] / (np.sqrt(square[i]) * scale + epsilon)
