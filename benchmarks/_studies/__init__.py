"""When do models memorize labels? One study a file: what it trains, its picture, and its table."""

from . import (
    canary_share,
    canary_structure,
    capacity,
    classes,
    imbalance,
    label_noise,
    remedies,
    rows,
)

STUDIES = {
    "rows": rows,
    "imbalance": imbalance,
    "classes": classes,
    "canary_share": canary_share,
    "capacity": capacity,
    "remedies": remedies,
    "label_noise": label_noise,
    "canary_structure": canary_structure,
}
