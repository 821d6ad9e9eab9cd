"""Compare with a model that never saw the canaries."""

from numbers import Real

from ..canaries import PlainInterval
from ..evidence import Reference
from ._base import BaseAttack
from ._logits import logit


class ReferenceAttack(BaseAttack):
    """Infer the candidate towards which the target leans more than a model fitted without the canary rows.

    The sign of ``logit p_target - logit p_reference``: what the rows around a canary say of its label is in both
    models, what its own label left behind in the target alone (the reference model of membership inference,
    Long et al. 2020, turned to labels).

    Parameters
    ----------
    clip : float, default=1e-6
        Probabilities are brought to at least this and at most 1 less this, for the logit.
    target : {"private", "released"}, default="private"
        Labels to hold the guesses against.

    See Also
    --------
    LabelLiRAAttack : Many models, with labels of their own on the canaries.

    Examples
    --------
    >>> from sklearn_blia import ReferenceAttack
    >>> from sklearn_blia.evidence import Reference, evidence_of
    >>> evidence = evidence_of([0.4, 0.6], found={Reference(): {"second": [0.2, 0.7]}})
    >>> ReferenceAttack().infer(evidence)
    array([1, 0])
    """

    _parameter_constraints: dict = {
        **BaseAttack._parameter_constraints,
        "clip": [PlainInterval(Real, 0, 0.5, closed="neither")],
    }

    def __init__(self, clip=1e-6, *, target="private"):
        self.clip = clip
        self.target = target

    @property
    def requires(self):
        """The reference."""
        return (Reference(),)

    def score(self, evidence, codes=None):
        """Compute the difference of logits.

        Parameters
        ----------
        evidence : Evidence
            Outputs, and a reference's.
        codes : None
            Not used.

        Returns
        -------
        ndarray of shape (n_canaries,)
            Logit of the model under attack less that of the reference.
        """
        return logit(evidence.second, self.clip) - logit(evidence[Reference()]["second"], self.clip)
