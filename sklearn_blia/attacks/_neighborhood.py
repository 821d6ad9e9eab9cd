"""Compare what a model says of a canary with what it says all around it."""

from numbers import Integral, Real

import numpy as np
from sklearn.utils._param_validation import StrOptions

from ..canaries import PlainInterval
from ..evidence import SCALES, Neighborhood
from ._base import BaseAttack
from ._logits import logit


class NeighborhoodAttack(BaseAttack):
    """Infer the candidate towards which the model leans more at a canary than around it.

    What the data say of a label they say of the rows around it too; what the canary's own label left behind is
    strongest at the canary itself. The sign of the canary's logit less the mean logit of its neighbours: the
    neighbourhood comparison of membership inference (Mattern et al. 2023, Membership Inference Attacks against
    Language Models via Neighbourhood Comparison), turned to labels. No other model is needed, but the model must be
    there to be asked. Where all outputs around are the same, the canary's own decides.

    Parameters
    ----------
    n_neighbors : int, default=16
        Rows made around each canary.
    kind : {"auto", "table", "images", "tokens", "texts"}, default="auto"
        How they are made. "table": noise on numbers, and now and then another row's value in columns of words or of two
        values; whole numbers keep to values that occur. "images": shifts and mirrors. "tokens" (ids padded with 0) and
        "texts": words left out. "auto" takes strings for texts, arrays of three dimensions and more for images, as with
        an `image_shape`, and everything else for a table.
    scale : float, default=None
        Noise in standard deviations of a column, and share of values swapped (None: 0.3); shift in sides of an image
        (0.05, a pixel at least); share of words left out (0.1).
    image_shape : tuple of int, default=None
        Height, width and channels (if any) of images in flat rows.
    clip : float, default=1e-3
        Probabilities are brought to at least this and at most 1 less this, for the logit.
    random_state : int, default=0
        Seed of the neighbours.
    target : {"private", "released"}, default="private"
        Labels to hold the guesses against.

    See Also
    --------
    ReferenceAttack : Compares with a model that never saw the canaries.

    Examples
    --------
    >>> from sklearn.datasets import make_moons
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> from sklearn_blia import CanaryFlipper, NeighborhoodAttack, ThresholdAttack, make_label_pipeline
    >>> X, y = make_moons(2000, noise=0.2, random_state=0)
    >>> model = make_label_pipeline(CanaryFlipper(0.2, random_state=0), KNeighborsClassifier()).fit(X, y)
    >>> ThresholdAttack()(model) < 0.65, NeighborhoodAttack()(model) > 0.8
    (True, True)
    """

    _parameter_constraints: dict = {
        **BaseAttack._parameter_constraints,
        "n_neighbors": [PlainInterval(Integral, 1, None, closed="left")],
        "kind": [StrOptions({"auto", *SCALES})],
        "scale": [PlainInterval(Real, 0, 1, closed="right"), None],
        "image_shape": ["array-like", None],
        "clip": [PlainInterval(Real, 0, 0.5, closed="neither")],
        "random_state": [PlainInterval(Integral, 0, 2**32 - 1, closed="both")],
    }

    def __init__(
        self, n_neighbors=16, *, kind="auto", scale=None, image_shape=None, clip=1e-3, random_state=0, target="private"
    ):
        self.n_neighbors = n_neighbors
        self.kind = kind
        self.scale = scale
        self.image_shape = image_shape
        self.clip = clip
        self.random_state = random_state
        self.target = target

    @property
    def requires(self):
        """The rows around."""
        return (self.neighborhood,)

    @property
    def neighborhood(self):
        """How the rows around the canaries are made."""
        shape = None if self.image_shape is None else _check_shape(self.image_shape)
        scale = None if self.scale is None else float(self.scale)
        return Neighborhood(self.kind, int(self.n_neighbors), scale, shape, int(self.random_state))

    def score(self, evidence, codes=None):
        """Compute how much further the model leans at the canary than around it.

        Parameters
        ----------
        evidence : Evidence
            Outputs at the canaries and around.
        codes : None
            Not used.

        Returns
        -------
        ndarray of shape (n_canaries,)
            Logit at the canary less the mean of those around.
        """
        around = logit(evidence[self.neighborhood]["second"], self.clip).mean(axis=0)
        at = logit(evidence.second, self.clip)
        # Where the model says the same all around, as a nearest neighbour does, what it says is what there is to go by;
        # such a guess is less sure than any that rests on a difference.
        return at - around + 1e-9 * at


def _check_shape(shape):
    """Whole numbers of at least 1, two or three of them."""
    sizes = np.asarray(shape)
    if (
        isinstance(shape, np.ma.MaskedArray)
        or sizes.ndim != 1
        or not 2 <= sizes.size <= 3
        or sizes.dtype.kind not in "iu"
        or (sizes < 1).any()
    ):
        raise ValueError(f"image_shape must hold two or three whole numbers, height and width first; got {shape!r}.")
    return tuple(sizes.tolist())
