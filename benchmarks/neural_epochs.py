"""One epoch of each neural classifier beside a bare torch loop over the same module, at a reduced size of the paper.

The bare loop is what one writes who knows the data: tensors in memory, minibatches cut out by an index, cross-entropy,
Adam in its fused form, no history, no checks. Both run in turn on two threads; ratios are taken turn by turn, and the
median is reported with the smallest and the largest.
Writes results/neural_epochs.csv. Fails where ours takes more than twice the bare loop.
"""

import copy
import sys
import time

import numpy as np
import torch
from _results import write
from torch import nn

from sklearn_blia.neural import (
    CNNClassifier,
    ResNet18Classifier,
    RNNClassifier,
    SequentialClassifier,
    TransformerClassifier,
)

TURNS, BATCH = 5, 64
RNG = np.random.RandomState(0)


def images(n, side, channels):
    return RNG.randint(0, 256, (n, side, side, channels)).astype(np.uint8)


def tokens(n, length, n_tokens=5000):
    """Texts of a third of the length to all of it, as padded ids."""
    lengths = RNG.randint(length // 3, length + 1, (n, 1))
    return RNG.randint(2, n_tokens, (n, length)) * (np.arange(length) < lengths)


CASES = {
    "Census: perceptron 128, 64": (SequentialClassifier((128, 64)), RNG.standard_normal((8000, 108)).astype("float32")),
    "Fashion-MNIST: CNN": (CNNClassifier(), images(2000, 28, 1)),
    "IMDB: GRU, both ways": (RNNClassifier(cell="gru"), tokens(600, 200)),
    "IMDB: LSTM, both ways": (RNNClassifier(cell="lstm"), tokens(600, 200)),
    "Devign: transformer": (TransformerClassifier(), tokens(400, 200)),
    "CIFAR-10: ResNet-18": (ResNet18Classifier(), images(128, 32, 3)),
}


def bare_epoch(module, X, y):
    """An epoch over tensors, and the seconds that it took."""
    optimizer, loss_of = torch.optim.Adam(module.parameters(), lr=1e-3, fused=True), nn.CrossEntropyLoss()
    module.train()
    started = time.perf_counter()
    for rows in torch.randperm(len(X)).split(BATCH):
        optimizer.zero_grad()
        loss_of(module(X[rows]), y[rows]).backward()
        optimizer.step()
    return time.perf_counter() - started


def main():
    torch.set_num_threads(2)
    rows = []
    for name, (model, X) in CASES.items():
        y = RNG.randint(2, size=len(X))
        model.set_params(max_epochs=1, batch_size=BATCH, device="cpu", random_state=0, precision="float32")
        fitted = model.fit(X, y)  # warms up, and makes the module
        ready, _ = fitted._read(X, reset=False)
        ready, labels = torch.from_numpy(np.array(ready)), torch.from_numpy(y)
        ratios, spent = [], []
        for _ in range(TURNS):
            first = bare_epoch(copy.deepcopy(fitted.net_.module_), ready, labels)
            started = time.perf_counter()
            model.fit(X, y)
            spent.append(time.perf_counter() - started)
            last = bare_epoch(copy.deepcopy(fitted.net_.module_), ready, labels)
            ratios.append(2 * spent[-1] / (first + last))
        rows.append({"model": name, "rows": len(X), "seconds": float(np.median(spent)),
                     "fit / bare loop": float(np.median(ratios)), "smallest": min(ratios), "largest": max(ratios),
                     "torch": torch.__version__})  # fmt: skip
        print(rows[-1], flush=True)
    write("neural_epochs.csv", rows)
    missed = [row["model"] for row in rows if row["fit / bare loop"] > 2]
    if missed:
        sys.exit(f"more than twice the bare loop: {', '.join(missed)}")


if __name__ == "__main__":
    main()
