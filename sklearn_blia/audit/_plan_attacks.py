"""Attacks on a model that is trained elsewhere, and the further trainings that they need."""

from ..attacks import LabelLiRAAttack, ReferenceAttack, ResidualAttack, named_attacks
from ..evidence import CrossFit, Reference, Shadows


def check_trainings(attacks):
    """Return attacks by name, and the further trainings that they need; ValueError for those that nobody can order."""
    attacks = named_attacks(attacks)
    trainings = list(dict.fromkeys(t for source in sources_of(attacks) for t in source.trainings()))
    if any(training.same_seed for training in trainings):
        raise ValueError("match_training_randomness=True is for LabelAudit, which knows the seed of each fit.")
    return attacks, trainings


def sources_of(attacks):
    """Sources of evidence that attacks, by name, look at beside the outputs."""
    return tuple(dict.fromkeys(source for attack in attacks.values() for source in attack.requires))


def attacks_for(trainings):
    """Attacks for which there are further trainings, beside the quick ones: what a plan that was loaded runs."""
    attacks = named_attacks("quick")
    if set(trainings) & set(Reference().trainings()):
        attacks["reference"] = ReferenceAttack()
    if set(trainings) >= set(CrossFit().trainings()):
        attacks["residual"] = ResidualAttack()
    n_shadows = sum(training.canaries == "redrawn" for training in trainings)
    if n_shadows >= 2:
        attacks["label-LiRA"] = LabelLiRAAttack(n_shadows)
    return attacks


def shadow_attacks(n_shadows=0, reference=False, crossfit=False):
    """Return the quick attacks, and those that compare with so many shadow models and references.

    Parameters
    ----------
    n_shadows : int, default=0
        Shadow models, which have to be two at least; 0 for none.
    reference : bool, default=False
        Whether there is a reference model.
    crossfit : bool, default=False
        Whether there are two that see half of the rows each.

    Returns
    -------
    dict of str to attack
        For ``attacks=``.
    """
    trainings = Shadows(n_shadows).trainings() if n_shadows else ()
    references = Reference().trainings() if reference else ()
    return attacks_for([*trainings, *references, *(CrossFit().trainings() if crossfit else ())])


def asked_sources(sources):
    """Return those that ask the model under attack itself, and so have to be collected while it is there.

    Parameters
    ----------
    sources : tuple of Source
        All that attacks require.

    Returns
    -------
    tuple of Source
        Those that need no further training.
    """
    return tuple(source for source in sources if not source.trainings())
