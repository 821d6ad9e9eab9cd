"""What our neural classifiers cost beside a bare torch loop, and what stock skorch costs beside them.

Data of the size of the Census training part after one-hot encoding (26,048 rows of 108 columns), a perceptron of 128
and 64 hidden units, Adam, batches of 128, in single precision on the CPU. The programs run in turn, in one process
for each number of torch threads; ratios are taken turn by turn, and their medians are reported with the smallest and
the largest. The bare loop is given twice: as most people write it, and with torch's fused optimiser, which ours uses.
Rows more: a training step of the recurrent network, whose steps are handed to torch in spans, beside the same step in
one piece; and of networks of images, which are laid out with the channels innermost, beside the same step with the
channels outermost. Writes results/neural.csv. Fails where ours takes more than 1.3 times the bare loop, or stock skorch
less than 1.5 times (fit) and 5 times (predict_proba) ours, or the step in one piece less than 1.5 times the one in
spans, or the channels outermost less time than innermost.

With --gpu: ResNet-18 on 50,000 images of 32×32×3, an epoch's seconds beside the arithmetic floor: the multiplications
and additions that forward and backward passes need, at the rate that one large matrix product reaches on the same
device. Writes results/neural_gpu.csv.
"""

import argparse
import json
import subprocess
import sys
import time

import numpy as np
import torch
from _results import write
from skorch import NeuralNetClassifier
from torch import nn

from sklearn_blia.neural import ResNet18Classifier, SequentialClassifier, _rnn
from sklearn_blia.neural._cnn import ConvolutionalNetwork
from sklearn_blia.neural._resnet import ResNet18

N_ROWS, N_COLUMNS, BATCH, EPOCHS, TURNS = 26_048, 108, 128, 2, 9
HIDDEN = (128, 64)


def module():
    return nn.Sequential(
        nn.Linear(N_COLUMNS, HIDDEN[0]), nn.ReLU(), nn.Linear(*HIDDEN), nn.ReLU(), nn.Linear(HIDDEN[1], 2)
    )


def bare_loop(X, y, fused):
    X, y = torch.from_numpy(X), torch.from_numpy(y)
    net = module()
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3, fused=fused)
    loss_function = nn.CrossEntropyLoss()
    for _ in range(EPOCHS):
        for rows in torch.randperm(len(X)).split(BATCH):
            optimizer.zero_grad()
            loss = loss_function(net(X[rows]), y[rows])
            loss.backward()
            optimizer.step()
    return net


def stock_skorch(X, y):
    return NeuralNetClassifier(
        module,
        criterion=nn.CrossEntropyLoss,
        optimizer=torch.optim.Adam,
        lr=1e-3,
        max_epochs=EPOCHS,
        batch_size=BATCH,
        iterator_train__shuffle=True,
        train_split=None,
        verbose=0,
    ).fit(X, y)


def ours(X, y):
    model = SequentialClassifier(HIDDEN, max_epochs=EPOCHS, batch_size=BATCH, device="cpu", random_state=0)
    return model.fit(X, y)


def seconds(work, *args):
    started = time.perf_counter()
    out = work(*args)
    return time.perf_counter() - started, out


def spread(name, limit, above, ratios):
    return {"ratio": name, "limit": f"{'>=' if above else '<='} {limit}", "median": float(np.median(ratios)),
            "smallest": min(ratios), "largest": max(ratios)}  # fmt: skip


def spans():
    """A training step of a GRU over 64 rows of 50 to 200 tokens, packed as a whole and in spans of steps."""
    torch.manual_seed(0)
    net = _rnn.RecurrentNetwork(10_000, 2, "gru", 64, 64, 1, True, 0.0)
    ids = torch.randint(2, 10_000, (64, 200)) * (torch.arange(200) < torch.randint(50, 201, (64, 1)))
    usual, ratios = _rnn._SPAN, []

    def step(span):
        _rnn._SPAN = span
        net(ids).sum().backward()

    for _ in range(TURNS + 1):
        whole, _ = seconds(step, 200)
        ratios.append(whole / seconds(step, usual)[0])
    return ratios[1:]


def layouts(module, *shape):
    """A training step of a network of images over 128 of them, in either layout."""
    torch.manual_seed(0)
    images, labels = torch.randn(128, *shape), torch.randint(2, (128,))

    def step(layout):
        scores = module.to(memory_format=layout)(images.contiguous(memory_format=layout))
        nn.functional.cross_entropy(scores, labels).backward()

    ratios = []
    for _ in range(TURNS + 1):
        outermost, _ = seconds(step, torch.contiguous_format)
        ratios.append(outermost / seconds(step, torch.channels_last)[0])
    return ratios[1:]


def on_this_many_threads(threads):
    torch.set_num_threads(threads)
    rng = np.random.RandomState(0)
    X = rng.standard_normal((N_ROWS, N_COLUMNS)).astype(np.float32)
    y = rng.randint(2, size=N_ROWS)
    turns = []
    for _ in range(TURNS + 1):
        turn = {}
        turn["bare"], _ = seconds(bare_loop, X, y, False)
        turn["ours"], model = seconds(ours, X, y)
        turn["stock"], stock = seconds(stock_skorch, X, y)
        turn["fused"], _ = seconds(bare_loop, X, y, True)
        turn["predict"], mine = seconds(model.predict_proba, X)
        turn["stock_predict"], theirs = seconds(stock.predict_proba, X)
        assert mine.shape == theirs.shape
        turns.append(turn)
    turns = turns[1:]  # the first warms up

    def ratios(over, under):
        return [turn[over] / turn[under] for turn in turns]

    cnn = ConvolutionalNetwork((28, 28, 1), 2, np.zeros(1), np.ones(1), (32, 64), 128, 0.0)
    resnet = ResNet18((32, 32, 3), 2, np.zeros(3), np.ones(3), 16)
    rows = [
        spread("CNN: channels outermost / innermost", 1, True, layouts(cnn, 1, 28, 28)),
        spread("ResNet-18, narrow: channels outermost / innermost", 1, True, layouts(resnet, 3, 32, 32)),
        spread("GRU over 200 steps: packed as one / in spans", 1.5, True, spans()),
        spread("fit: ours / bare loop", 1.3, False, ratios("ours", "bare")),
        spread("fit: ours / bare loop with fused Adam", "none", False, ratios("ours", "fused")),
        spread("fit: stock skorch / ours", 1.5, True, ratios("stock", "ours")),
        spread("predict_proba: stock skorch / ours", 5, True, ratios("stock_predict", "predict")),
    ]
    return [{"threads": threads, **row, "torch": torch.__version__} for row in rows]


def holds(row):
    sign, limit = row["limit"].split()
    return limit == "none" or (row["median"] >= float(limit) if sign == ">=" else row["median"] <= float(limit))


def on_the_cpu():
    rows = []
    for threads in (1, 2):  # a process each: torch reads its number of threads once
        run = subprocess.run([sys.executable, __file__, "--threads", str(threads)], capture_output=True, check=True)
        rows += json.loads(run.stdout)
    write("neural.csv", rows)
    missed = [row for row in rows if not holds(row)]
    if missed:
        sys.exit(f"{len(missed)} of {len(rows)} ratios are outside their limits")


def operations_of_an_epoch(n_images):
    """Multiplications and additions of the convolutions and the last layer: forward, and twice that backward."""
    macs, side, n_in = 32 * 32 * 64 * 3 * 9, 32, 64
    for stage in range(4):
        n_out, side = 64 * 2**stage, 32 // 2**stage
        area = side * side
        macs += area * 9 * (n_in * n_out + 3 * n_out * n_out) + (area * n_in * n_out if stage else 0)
        n_in = n_out
    return 2 * 3 * (macs + 512 * 10) * n_images


def product_rate(dtype, size=8192, times=30):
    a = torch.randn(size, size, device="cuda", dtype=dtype)
    for _ in range(3):
        a @ a
    torch.cuda.synchronize()
    started = time.perf_counter()
    for _ in range(times):
        a @ a
    torch.cuda.synchronize()
    return times * 2 * size**3 / (time.perf_counter() - started)


def on_the_gpu(n_images=50_000):
    rng = np.random.RandomState(0)
    X = rng.randint(256, size=(n_images, 32, 32, 3)).astype(np.uint8)
    y = rng.randint(10, size=n_images)
    # Without this the convolutions, but not the product, would round single precision to 10 bits.
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    rows = []
    for precision, dtype in (("bfloat16", torch.bfloat16), ("float32", torch.float32)):
        rate = product_rate(dtype)
        for batch_size in (128, 512):
            model = ResNet18Classifier(max_epochs=4, batch_size=batch_size, precision=precision, random_state=0)
            epochs = model.fit(X, y).net_.history[1:, "dur"]  # without the first, which tunes the kernels
            floor = operations_of_an_epoch(n_images) / rate
            row = {"device": torch.cuda.get_device_name(), "precision": precision, "batch_size": batch_size}
            row |= {"epoch_s": float(np.median(epochs)), "teraflops_of_a_product": rate / 1e12, "floor_s": floor}
            rows.append(row | {"ratio": row["epoch_s"] / floor, "torch": torch.__version__})
    write("neural_gpu.csv", rows)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, help="print the rows of one number of threads as JSON")
    parser.add_argument("--gpu", action="store_true", help="time ResNet-18 on a GPU instead")
    args = parser.parse_args()
    if args.gpu:
        on_the_gpu()
    elif args.threads:
        print(json.dumps(on_this_many_threads(args.threads)))
    else:
        on_the_cpu()
