"""
Reading the BLIA paper's tables with error bars
===============================================

The paper (arXiv 2503.12801) reports 84 success ratios without error bars. This example asks of each whether it
differs from chance, whether it is possible at all under the epsilon claimed, and which randomized response the
train-accuracy column fits. It needs the paper's figures alone, which come with the package. Given a file name, it
saves its figure there.
"""

# %%
# Which cells are not significant, and which are impossible
# ---------------------------------------------------------
# A ratio is a count of right guesses among the canaries. The threshold attack sees no labels, so the count is
# Binomial(m, 1/2) if nothing was memorized; and under epsilon-label-DP no attack that sees no labels beats
# e^eps / (1 + e^eps). A cell is impossible if its count refutes the epsilon it is printed beside.
import sys

import matplotlib.pyplot as plt
import numpy as np

from sklearn_blia.datasets import load_blia_tables
from sklearn_blia.metrics import attack_cap, check_claim, epsilon_from_keep_probability, memorization_test

tables = load_blia_tables()
BENCHMARKS = list(dict.fromkeys(tables.benchmark))
EPSILONS = tables.epsilon[tables.benchmark == BENCHMARKS[0]]
ATTACKS = {"threshold": tables.threshold_success_ratio, "delta-margin": tables.delta_margin_success_ratio}
SIGNIFICANT, CHANCE, IMPOSSIBLE = "found", "n.s.", "IMPOSSIBLE"


def read_cell(epsilon, n_correct, n_canaries):
    if np.isfinite(epsilon) and check_claim(n_correct, n_canaries, epsilon).refuted:
        return IMPOSSIBLE
    return CHANCE if memorization_test(n_correct, n_canaries).p_value >= 0.05 else SIGNIFICANT


counts, cells = {}, {}
for benchmark in BENCHMARKS:
    rows = tables.benchmark == benchmark
    m = tables.n_canaries[rows]
    for attack, ratios in ATTACKS.items():
        counts[benchmark, attack] = np.round(ratios[rows] / 100 * m).astype(int)
        found = zip(EPSILONS, counts[benchmark, attack], m, strict=True)
        cells[benchmark, attack] = [read_cell(*cell) for cell in found]

print(f"{'epsilon':<27}" + "".join(f"{epsilon:>11g}" for epsilon in EPSILONS))
for (benchmark, attack), found in cells.items():
    print(f"{benchmark:<14}{attack:<13}" + "".join(f"{cell:>11}" for cell in found))
for attack in ATTACKS:
    found = [cell for (_, name), row in cells.items() for cell in row if name == attack]
    print(
        f"{attack}: {found.count(CHANCE)} of 42 cells are not significant at 5 %, "
        f"{found.count(IMPOSSIBLE)} of 36 impossible"
    )

# %%
# The delta-margin is read here as published, as if it did not see the labels that it infers. It does see them (see
# DeltaMarginAttack): its chance level is above one half by an amount that the paper does not let one compute, so more
# of its cells may be no more than chance, and an impossible one is no proof of a broken mechanism. The five impossible
# cells of the threshold attack, all IMDB, are.

# %%
# Which randomized response was used
# ----------------------------------
# With accuracy a on clean labels and keep probability q, train accuracy on released labels is about
# q a + (1 - q)(1 - a). Flipping with probability 1 / (1 + e^eps) is right; *redrawing* with that probability
# flips half as often.
claimed = EPSILONS[1:]
flip = 1 / (1 + np.exp(claimed))
keep = {"correct": 1 - flip, "half-rate": 1 - flip / 2}
true_epsilon = epsilon_from_keep_probability(keep["half-rate"])
print()
print("claimed epsilon    " + "".join(f"{epsilon:>7g}" for epsilon in claimed))
print("half-rate's epsilon" + "".join(f"{epsilon:>7.2f}" for epsilon in true_epsilon))
print()
print(f"{'benchmark':<14}{'worst miss, correct':>20}{'worst miss, half-rate':>23}   (points of train accuracy)")
mechanism = {}
for benchmark in BENCHMARKS:
    accuracy = tables.train_accuracy[tables.benchmark == benchmark] / 100
    clean = accuracy[0]
    miss = {name: 100 * np.abs(accuracy[1:] - (q * clean + (1 - q) * (1 - clean))).max() for name, q in keep.items()}
    best = min(miss, key=miss.get)
    mechanism[benchmark] = best if miss[best] <= 2 else "neither"
    print(f"{benchmark:<14}{miss['correct']:>20.1f}{miss['half-rate']:>23.1f}   {mechanism[benchmark]}")

# %%
# Every bound that the IMDB threshold attack shows lies below the half-rate mechanism's true epsilon: redrawing instead
# of flipping would explain the impossible cells, although the train accuracies of IMDB fit neither mechanism (a
# network that fits its noisy labels is no longer right with probability a on clean ones).
n_imdb = tables.n_canaries[tables.benchmark == "imdb"][1:]
shown = memorization_test(counts["imdb", "threshold"][1:], n_imdb).epsilon_lower_bound
print(f"\nIMDB by threshold: all bounds below the half-rate epsilon: {'yes' if (shown < true_epsilon).all() else 'no'}")

# %%
# A figure of both
# ----------------
# Hollow markers are not significant, ringed ones impossible. Epsilon = inf stands at the right.
fig, axes = plt.subplots(2, 3, figsize=(11, 6.5), sharex=True, sharey=True, layout="constrained")
grid = np.linspace(0.25, 6, 300)
place = np.where(np.isfinite(EPSILONS), EPSILONS, 9)
for ax, benchmark in zip(axes.flat, BENCHMARKS, strict=True):
    m = tables.n_canaries[tables.benchmark == benchmark]
    ax.fill_between(grid, attack_cap(grid), 1.02, color="0.92", label="above the cap of the claim")
    ax.axhline(0.5, color="0.4", lw=1, ls=":", label="chance")
    for (attack, marker), colour in zip((("threshold", "o"), ("delta-margin", "s")), ("C0", "C1"), strict=True):
        n_correct, cell = counts[benchmark, attack], np.array(cells[benchmark, attack])
        low, high = memorization_test(n_correct, m).confidence_interval
        ax.vlines(place, low, high, color=colour, lw=1)
        ratio, is_chance = n_correct / m, cell == CHANCE
        ax.plot(place[~is_chance], ratio[~is_chance], marker, ms=5, color=colour, label=attack)
        ax.plot(place[is_chance], ratio[is_chance], marker, ms=5, mec=colour, mfc="white")
        ax.plot(
            place[cell == IMPOSSIBLE], ratio[cell == IMPOSSIBLE], "o", ms=12, mec="C3", mfc="none", label="impossible"
        )
    ax.plot(place, tables.train_accuracy[tables.benchmark == benchmark] / 100, "k.--", lw=0.8, label="train accuracy")
    ax.set_title(f"{benchmark} (mechanism: {mechanism[benchmark]})", fontsize=10)
    ax.set_xscale("log")
    ax.set_xticks([0.3, 0.5, 1, 2, 4, 9], ["0.3", "0.5", "1", "2", "4", "inf"])
    ax.minorticks_off()
    ax.set_ylim(0.45, 1.02)
for ax in axes[-1]:
    ax.set_xlabel("claimed epsilon")
for ax in axes[:, 0]:
    ax.set_ylabel("share")
handles, labels = axes.flat[0].get_legend_handles_labels()
unique = dict(zip(labels, handles, strict=True))
fig.legend(unique.values(), unique.keys(), loc="outside upper center", ncols=6, frameon=False)
if len(sys.argv) > 1 and sys.argv[1].endswith(".png"):
    fig.savefig(sys.argv[1], dpi=80)
plt.show()
