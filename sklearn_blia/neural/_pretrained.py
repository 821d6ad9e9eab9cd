"""Transformers that were trained before, fine-tuned on texts."""

from contextlib import contextmanager
from numbers import Integral
from os import PathLike
from pathlib import Path

import numpy as np
import torch
from sklearn.utils._param_validation import Interval
from sklearn.utils.validation import check_consistent_length, column_or_1d
from torch import nn

from ._base import BaseNeuralClassifier
from ._docs import with_shared_docs
from ._texts import check_texts

NOTHING = -1  # where a row has no token: the id of padding may be that of another token as well


def _transformers():
    try:
        import transformers
    except ImportError as error:
        raise ImportError(
            f"PretrainedTransformerClassifier needs {error.name}: install the extra, pip install "
            "'sklearn-blia[neural,hf]'."
        ) from error
    return transformers


@contextmanager
def _no_progress_bars():
    """Loading takes a moment: a bar for it would be drawn at every fit of a search."""
    logging = _transformers().utils.logging
    drawn = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if drawn:
            logging.enable_progress_bar()


class PretrainedTransformer(nn.Module):
    """A sequence classifier of the transformers library, as a module of padded token ids.

    Parameters
    ----------
    model : str
        Name or folder of the trained model.
    n_classes : int
        Number of outputs; the layer that gives them starts untrained.
    padding : int
        Token id that the model is given where a row has no token.
    """

    def __init__(self, model, n_classes, padding):
        super().__init__()
        with _no_progress_bars():
            loaded = _transformers().AutoModelForSequenceClassification.from_pretrained(
                model, num_labels=n_classes, ignore_mismatched_sizes=True
            )
        self.model = loaded.float()  # it comes in the precision that it was stored in
        self.model.config.pad_token_id = padding
        self.padding = padding

    def forward(self, ids):
        tokens = ids != NOTHING
        used = max(1, int((tokens * torch.arange(1, ids.shape[1] + 1, device=ids.device)).max()))
        ids = torch.where(tokens, ids, self.padding)
        return self.model(input_ids=ids[:, :used], attention_mask=tokens[:, :used].long()).logits


@with_shared_docs
class PretrainedTransformerClassifier(BaseNeuralClassifier):
    """Fine-tune any transformer that ``AutoModelForSequenceClassification`` can load; takes texts.

    With ``model="microsoft/codebert-base"`` on C functions this is LineVul, which the BLIA paper
    (arXiv 2503.12801, Table 1) trains on Big-Vul. Needs the extra ``hf`` (transformers); a model that is no
    folder on disk is downloaded by that library.

    Parameters
    ----------
    model : str or path-like
        Name of a model on the Hugging Face hub, or a folder that holds one and its tokenizer.
    max_length : int, default=256
        Tokens of a text that are read, those at its start.
    {training_parameters}

    Attributes
    ----------
    {fitted_attributes}
    tokenizer_ : transformers.PreTrainedTokenizerBase
        The model's own tokenizer.

    See Also
    --------
    TransformerClassifier : The same kind of network, trained from scratch.

    Notes
    -----
    A model that was trained on the very rows of an audit may know their natural labels, never the canaries'
    coins: the audit stays valid.
    """

    _parameter_constraints: dict = {
        **BaseNeuralClassifier._parameter_constraints,
        "model": [str, PathLike],
        "max_length": [Interval(Integral, 1, None, closed="left")],
    }
    _module_class = PretrainedTransformer
    _rows_at_once = 32
    _apart = "its transformer draws dropout from the random stream of one network"

    def __init__(
        self,
        model,
        *,
        max_length=256,
        max_epochs=3,
        batch_size=16,
        lr=2e-05,
        optimizer="adamw",
        momentum=0.9,
        weight_decay=0.01,
        early_stopping=False,
        validation_fraction=0.1,
        n_iter_no_change=10,
        warm_start=False,
        precision="auto",
        callbacks=None,
        device="auto",
        random_state=None,
        verbose=0,
    ):
        super().__init__(
            max_epochs=max_epochs,
            batch_size=batch_size,
            lr=lr,
            optimizer=optimizer,
            momentum=momentum,
            weight_decay=weight_decay,
            early_stopping=early_stopping,
            validation_fraction=validation_fraction,
            n_iter_no_change=n_iter_no_change,
            warm_start=warm_start,
            precision=precision,
            callbacks=callbacks,
            device=device,
            random_state=random_state,
            verbose=verbose,
        )
        self.model = model
        self.max_length = max_length

    def _read(self, X, y="no_validation", *, reset):
        # Half a surrogate pair is no character, and the tokenizers take none.
        texts = [text.encode("utf-8", "replace").decode() for text in check_texts(X, type(self).__name__)]
        if reset:
            self.tokenizer_ = self._find_tokenizer()
        coded = self.tokenizer_(
            texts, padding="max_length", truncation=True, max_length=self.max_length, return_tensors="np"
        )
        ids = np.where(coded["attention_mask"] == 1, coded["input_ids"], NOTHING).astype(np.int64)
        if isinstance(y, str) and y == "no_validation":
            return ids, None
        y = column_or_1d(y, warn=True)
        check_consistent_length(ids, y)
        return ids, y

    def _find_model(self):
        folder = Path(self.model).expanduser()
        if folder.is_dir():
            return str(folder)
        if str(self.model).startswith(("/", ".", "~")):
            raise ValueError(f"There is no folder {str(folder)!r} with a model.")
        return str(self.model)

    def _find_tokenizer(self):
        source = self._find_model()
        config = _transformers().AutoConfig.from_pretrained(source)
        positions = getattr(config, "max_position_embeddings", None)
        if positions and self.max_length > positions:
            raise ValueError(f"max_length={self.max_length} is more than the {positions} positions of {self.model!r}.")
        tokenizer = _transformers().AutoTokenizer.from_pretrained(source)
        if tokenizer.pad_token is None:  # some models never pad; what stands there is not attended to
            tokenizer.pad_token = tokenizer.eos_token or tokenizer.unk_token
        return tokenizer

    def _module_params(self):
        padding = self.tokenizer_.pad_token_id
        return {"model": self._find_model(), "n_classes": len(self.classes_), "padding": padding}

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        return tags
