"""One public table, one model that everyone uses: XGBoost with its defaults on the Census, and what it memorized.

How many labels attacks infer, of whom most, and which remedy helps at what cost. Rows are people with an income above
or below 50,000 dollars a year; a quarter is held out, five repeats plant 500 canaries each. Fits are stored, so that
what was interrupted goes on.

Writes results/case_study.csv, results/case_study_groups.csv and docs/studies/case_study.png. Needs SKLEARN_BLIA_DATA
and the extra boosting. Takes some minutes on two cores:

    python benchmarks/case_study.py          # run
    python benchmarks/case_study.py --draw   # the picture and the tables again, from the committed rows
"""

import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import numpy as np
import pandas as pd
from _results import FOLDER, write
from _studies import audits, pictures, tables
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline

from sklearn_blia import LabelLiRAAttack, ResidualAttack, ThresholdAttack
from sklearn_blia.datasets import fetch_census, make_census_preprocessor
from sklearn_blia.metrics import memorization_test

PAGE = Path(__file__).parents[1] / "docs" / "studies" / "case_study.md"
ATTACKS = {"threshold": ThresholdAttack("median"), "residual": ResidualAttack(), "label-LiRA": LabelLiRAAttack(8)}
REMEDIES = {
    "as it comes": {},
    "depth 3 in place of 6": {"max_depth": 3},
    "20 trees in place of 100": {"n_estimators": 20},
    "heavier leaves (min_child_weight 20)": {"min_child_weight": 20},
    "half of the rows for each tree": {"subsample": 0.5},
    "L2 penalty 100 in place of 1": {"reg_lambda": 100},
    "depth 3 and L2 penalty 100": {"max_depth": 3, "reg_lambda": 100},
}
BUDGETS = (4.0, 2.0, 1.0)


def model(**params):
    from xgboost import XGBClassifier

    return make_pipeline(make_census_preprocessor(), XGBClassifier(**params))


def groups_of(people, income):
    """Questions that somebody may ask of the people in the table."""
    age = pd.cut(people["age"], [0, 29, 44, 59, 200], labels=["under 30", "30 to 44", "45 to 59", "60 and more"])
    return {
        "income": np.asarray(income),
        "sex": people["sex"].to_numpy(),
        "race": np.where(people["race"] == "White", "White", "other"),
        "age": age.astype(str).to_numpy(),
        "education": np.where(people["education-num"] >= 13, "bachelor or more", "less"),
        "capital gain": np.where(people["capital-gain"] > 0, "some", "none"),
    }


def audit(models, people, income, epsilons=(np.inf,), groups=None):
    settings = {"epsilons": list(epsilons), "n_canaries": 500, "n_repeats": 5, "attacks": ATTACKS}
    return audits.audit(models, people, income, groups=groups, **settings)


def row_of(cell, remedy):
    strongest = max(ATTACKS, key=lambda name: cell.attacks[name].private.success_ratio)
    row = {"remedy": remedy, "epsilon": cell.epsilon, "strongest": strongest}
    for name in ATTACKS:
        row[name] = cell.attacks[name].private.success_ratio
    test, between = cell.attacks["label-LiRA"].private, cell.attacks["label-LiRA"].between["private"]
    low, high = between.confidence_interval
    return row | {
        "n_coins": test.n_canaries,
        "memorization": test.memorization_score,
        "low": 2 * low - 1,
        "high": 2 * high - 1,
        "joint_p": cell.attacks["label-LiRA"].joint_p_values["private"],
        "epsilon_lower_bound": cell.bound,
        "clean_accuracy": cell.mean("test_accuracies"),
        "train_accuracy": cell.mean("train_accuracies"),
    }


def run():
    census = fetch_census(subset="all", as_frame=True, download_if_missing=False)
    people, income = census.data, np.asarray(census.target)
    named = np.asarray(census.target_names)[income]
    rows = []
    for remedy, params in REMEDIES.items():
        found = audit({"XGBoost": model(**params)}, people, income)
        rows.append(row_of(found.report_.cells[0], remedy))
        print(rows[-1], flush=True)
    found = audit({"XGBoost": model()}, people, income, BUDGETS)
    rows += [row_of(cell, f"randomized response, epsilon = {cell.epsilon:g}") for cell in found.report_.cells]
    write("case_study.csv", rows)
    told = []
    for question, groups in groups_of(people, named).items():
        found = audit({"XGBoost": model()}, people, income, groups=groups)
        by_attack = found.report_.cells[0].findings.groups["private"]
        for name, group in by_attack.groups.items():
            low, high = group.confidence_interval
            told.append({"question": question, "group": name, "attack": by_attack.attack, "n_coins": group.n_canaries,
                         "success_ratio": group.success_ratio, "low": low, "high": high, "p": group.p_value,
                         "p_of_more": group.more_p_value})  # fmt: skip
    told += surprise(audit({"XGBoost": model()}, people, income))
    write("case_study_groups.csv", told)


def surprise(found):
    """Canaries by whether the coin fell against the label that the data hold."""
    frame = found.to_canary_frame(attacks="label-LiRA")
    wrong = frame["private_label"] != frame["natural_label"]
    for name, one in (("a wrong label", frame[wrong]), ("its own label", frame[~wrong])):
        right, n = int(one["correct"].sum()), len(one)
        low, high = memorization_test(right, n).confidence_interval
        yield {"question": "the coin gave", "group": name, "attack": "label-LiRA", "n_coins": n,
               "success_ratio": right / n, "low": low, "high": high, "p": None, "p_of_more": None}  # fmt: skip
    signed = np.where(frame["private_label"] == frame["second_candidate"], 1, 0)
    yield {"question": "ranked by the attack", "group": "AUC", "attack": "label-LiRA", "n_coins": len(frame),
           "success_ratio": roc_auc_score(signed, frame["score"]), "low": None, "high": None, "p": None,
           "p_of_more": None}  # fmt: skip


def show():
    remedies = pd.read_csv(FOLDER / "case_study.csv")
    groups = pd.read_csv(FOLDER / "case_study_groups.csv")
    draw(remedies, groups)
    parts = {"remedies": remedies_table(remedies), "groups": groups_table(groups)}
    text = PAGE.read_text()
    for name, made in parts.items():
        begin, end = f"<!-- table {name}: python benchmarks/case_study.py -->", f"<!-- end of {name} -->"
        before, _, rest = text.partition(begin)
        text = f"{before}{begin}\n\n{made}\n\n{end}{rest.partition(end)[2]}"
    PAGE.write_text(text)


def remedies_table(frame):
    base = frame.iloc[0]["clean_accuracy"]
    lines = []
    for place, row in frame.iterrows():
        cost = "" if place == 0 else tables.change(100 * (row["clean_accuracy"] - base))
        accuracy, bound = f"{100 * row['clean_accuracy']:.1f}", f"{row['epsilon_lower_bound']:.1f}"
        lines.append([row["remedy"], tables.with_interval(row), bound, accuracy, cost])
    return tables.markdown(["XGBoost", "memorization, %", "epsilon at least", "clean accuracy, %", "change"], lines)


def groups_table(frame):
    lines = []
    for _, row in frame[frame["low"].notna()].iterrows():
        ratio = f"{100 * row['success_ratio']:.1f} [{100 * row['low']:.1f}, {100 * row['high']:.1f}]"
        more = "" if pd.isna(row["p_of_more"]) else f"{row['p_of_more']:.4f}"
        lines.append([row["question"], row["group"], row["n_coins"], ratio, more])
    return tables.markdown(["", "group", "coins", "inferred, %", "p of more"], lines)


def draw(remedies, groups):
    figure, (left, right) = pictures.panels(["who was memorized most", "what helps, and what it costs"], sharey=False)
    figure.set_size_inches(11, 4.6)
    shown = groups[groups["low"].notna()].iloc[::-1]
    names = shown["question"] + ": " + shown["group"]
    ratio = shown["success_ratio"]
    ends = [ratio - shown["low"], shown["high"] - ratio]
    left.errorbar(ratio, names, xerr=ends, fmt="o", color="C0", ms=4, elinewidth=1)
    left.axvline(0.5, color="0.4", lw=1, ls=":")
    left.xaxis.set_major_formatter(pictures.PercentFormatter(1))
    left.set_xlabel("labels inferred (one half by chance)")
    left.grid(axis="x", color="0.9")
    pictures.trade_off(right, remedies, "clean_accuracy")
    right.set_ylabel("accuracy on clean labels, %")
    right.legend(fontsize="x-small", frameon=False, loc="lower right")
    pictures.finish(figure, PAGE.with_suffix(".png"), label="")


if __name__ == "__main__":
    if "--draw" not in sys.argv:
        run()
    show()
