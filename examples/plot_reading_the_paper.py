"""
Reading the BLIA paper's tables with error bars
===============================================

The paper (arXiv 2503.12801) reports 84 success ratios without error bars. This example asks of each whether it
differs from chance, whether it is possible at all under the epsilon claimed, and which randomized response the
train-accuracy column fits. It needs the paper's figures alone, which come with the package.
"""

# %%
# Which cells are chance, and which are impossible
# ------------------------------------------------
# A ratio is a count of right guesses among the canaries. The threshold attack sees no labels, so the count is
# Binomial(m, 1/2) if nothing was memorized. Under epsilon-label-DP no attack that sees no labels beats
# e^eps / (1 + e^eps); a cell is impossible if its count refutes the epsilon it is printed beside.
import matplotlib.pyplot as plt
import numpy as np

from sklearn_blia.datasets import load_blia_tables
from sklearn_blia.metrics import attack_cap, check_claim, epsilon_from_keep_probability, memorization_test

tables = load_blia_tables()
ATTACKS = {"threshold": tables.threshold_success_ratio, "delta-margin": tables.delta_margin_success_ratio}
benchmarks = list(dict.fromkeys(tables.benchmark))
private = np.isfinite(tables.epsilon)

print(f"{'benchmark':<14}{'attack':<14}{'chance':>7}{'impossible':>12}{'of':>4}   epsilon shown, at 95 %")
n_chance = n_impossible = 0
status = {}
for benchmark in benchmarks:
    for attack, ratios in ATTACKS.items():
        rows = tables.benchmark == benchmark
        counts = np.round(ratios / 100 * tables.n_canaries).astype(int)
        test = memorization_test(counts[rows], tables.n_canaries[rows])
        refuted = [
            check_claim(epsilon, v, m).refuted
            for epsilon, v, m in zip(
                tables.epsilon[rows & private], counts[rows & private], tables.n_canaries[rows & private], strict=True
            )
        ]
        chance, impossible = test.p_value >= 0.05, np.r_[False, refuted]
        status[benchmark, attack] = np.select([impossible, chance], [2, 1], 0)
        n_chance, n_impossible = n_chance + chance.sum(), n_impossible + impossible.sum()
        bounds = " ".join(f"{bound:.2f}" for bound in test.epsilon_lower_bound)
        print(f"{benchmark:<14}{attack:<14}{chance.sum():>7}{impossible.sum():>12}{len(chance):>4}   {bounds}")
print(f"{n_chance} of 84 cells are no different from chance at 5 %;")
print(f"{n_impossible} of 72 cells with label-DP are impossible.")

# %%
# The delta-margin's counts are read here as if the attack saw no labels, as the paper does. It does see them (see
# DeltaMarginAttack), so an impossible cell in its row is no proof of a broken mechanism: it is one of two
# explanations, and the attack is the other. The five impossible cells of the threshold attack, all IMDB, have only
# the first.

# %%
# Which randomized response was used
# ----------------------------------
# With accuracy a on clean labels and keep probability q, train accuracy on released labels is about
# q a + (1 - q)(1 - a). Flipping with probability 1 / (1 + e^eps) is right; *redrawing* with that probability
# flips half as often.
claimed = np.array([4, 2, 1, 0.8, 0.5, 0.3])
flip = 1 / (1 + np.exp(claimed))
keep = {"correct": 1 - flip, "half-rate": 1 - flip / 2}
true_epsilon = epsilon_from_keep_probability(keep["half-rate"])
print()
print("claimed epsilon    " + "".join(f"{epsilon:>7g}" for epsilon in claimed))
print("half-rate's epsilon" + "".join(f"{epsilon:>7.2f}" for epsilon in true_epsilon))
print()
print(f"{'benchmark':<14}{'worst miss, correct':>20}{'worst miss, half-rate':>23}   (points of train accuracy)")
verdict = {}
for benchmark in benchmarks:
    accuracy = tables.train_accuracy[tables.benchmark == benchmark] / 100
    clean = accuracy[0]
    miss = {name: 100 * np.abs(accuracy[1:] - (q * clean + (1 - q) * (1 - clean))).max() for name, q in keep.items()}
    best = min(miss, key=miss.get)
    verdict[benchmark] = best if miss[best] <= 2 else "neither"
    print(f"{benchmark:<14}{miss['correct']:>20.1f}{miss['half-rate']:>23.1f}   {verdict[benchmark]}")

# %%
# Every bound that the IMDB threshold attack shows lies below the half-rate mechanism's true epsilon: redrawing instead
# of flipping would explain the impossible cells, although the train accuracies of IMDB fit neither mechanism (a
# network that fits its noisy labels is no longer right with probability a on clean ones).
imdb = (tables.benchmark == "imdb") & private
counts = np.round(tables.threshold_success_ratio[imdb] / 100 * tables.n_canaries[imdb]).astype(int)
shown = memorization_test(counts, tables.n_canaries[imdb]).epsilon_lower_bound
print(f"\nIMDB by threshold: all bounds below the half-rate epsilon: {'yes' if (shown < true_epsilon).all() else 'no'}")

# %%
# A figure of both
# ----------------
fig, axes = plt.subplots(2, 3, figsize=(11, 6.5), sharex=True, sharey=True, layout="constrained")
grid = np.linspace(0.2, 4.2, 200)
for ax, benchmark in zip(axes.flat, benchmarks, strict=True):
    rows = (tables.benchmark == benchmark) & private
    ax.fill_between(grid, attack_cap(grid), 1.02, color="0.92", label="impossible under the claim")
    ax.axhline(0.5, color="0.4", lw=1, ls=":", label="chance")
    for name, marker in (("threshold", "o"), ("delta-margin", "s")):
        ratio = ATTACKS[name][rows] / 100
        counts = np.round(ratio * tables.n_canaries[rows]).astype(int)
        low, high = memorization_test(counts, tables.n_canaries[rows]).confidence_interval
        colour = "C0" if name == "threshold" else "C1"
        ax.errorbar(
            tables.epsilon[rows], ratio, [ratio - low, high - ratio], fmt=marker, ms=5, lw=1, color=colour, label=name
        )
    ax.plot(tables.epsilon[rows], tables.train_accuracy[rows] / 100, "k.--", lw=0.8, label="train accuracy")
    ax.set_title(f"{benchmark} (mechanism: {verdict[benchmark]})", fontsize=10)
    ax.set_xscale("log")
    ax.set_xticks([0.3, 0.5, 1, 2, 4], ["0.3", "0.5", "1", "2", "4"])
    ax.minorticks_off()
    ax.set_ylim(0.45, 1.02)
for ax in axes[-1]:
    ax.set_xlabel("claimed epsilon")
for ax in axes[:, 0]:
    ax.set_ylabel("share")
handles, labels = axes.flat[0].get_legend_handles_labels()
fig.legend(handles, labels, loc="outside upper center", ncols=5, frameon=False)
plt.show()
