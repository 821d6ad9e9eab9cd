"""What PrivacyGuard's label-inference node prints on stored audits, for ../peers.py and ../observational.py.

Run by an interpreter that has it.
"""

import contextlib
import io
import sys
import time

import numpy as np
import pandas as pd
from privacy_guard.analysis.lia.lia_analysis_node import LIAAnalysisNode
from privacy_guard.analysis.mia.aggregate_analysis_input import AggregationType
from privacy_guard.attacks.lia_attack import LIAAttack, LIAAttackInput


def node(coins, second, proxy):
    """The node with its defaults, on labels, what the model says of the second one, and what the proxy says."""
    ids = np.arange(len(coins))
    train = pd.DataFrame({"user_id": ids, "predictions": second, "label": coins})
    proxy = pd.DataFrame({"user_id": ids, "predictions": proxy})
    prepared = LIAAttackInput(train, proxy, AggregationType.NONE).prepare_attack_input()
    return LIAAnalysisNode(LIAAttack(prepared, AggregationType.NONE).run_attack(), delta=0.0).run_analysis()


def main(source, target):
    audits = np.load(source)
    np.random.seed(0)
    # Of canaries the proxy says one half, which is what their coins are.
    proxies = audits["proxy"] if "proxy" in audits else np.full(audits["coins"].shape, 0.5)
    upper, lower = [], []
    started = time.perf_counter()
    for coins, log_odds, proxy in zip(audits["coins"], audits["log_odds"], proxies, strict=True):
        with contextlib.redirect_stdout(io.StringIO()):
            found = node(coins, 1 / (1 + np.exp(-log_odds)), proxy)
        upper.append(found.eps)
        lower.append(found.eps_lb)
    each = (time.perf_counter() - started) / len(audits["coins"])
    named = {"label-inference node, eps": np.array(upper), "label-inference node, eps_lb": np.array(lower)}
    np.savez(target, **named, **{name + " seconds": each for name in named})


if __name__ == "__main__":
    main(*sys.argv[1:])
