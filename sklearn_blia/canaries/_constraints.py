"""Constraints of parameters, beyond those of scikit-learn."""

import numpy as np
from sklearn.utils._param_validation import Interval


class PlainInterval(Interval):
    """An interval of numbers in which True and False are none: as a count or a share they are a slip.

    Parameters
    ----------
    type : type
        Kind of number.
    left, right : number or None
        Ends of the interval; None is infinite.
    closed : {"left", "right", "both", "neither"}
        Which ends belong to it.
    """

    def is_satisfied_by(self, val):
        """Tell whether a value lies in the interval.

        Parameters
        ----------
        val : object
            A parameter's value.

        Returns
        -------
        bool
            Whether it does.
        """
        return not isinstance(val, (bool, np.bool_)) and super().is_satisfied_by(val)
