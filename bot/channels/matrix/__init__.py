"""Matrix: matrix-nio's client and its encryption; the loop, the order, the signing and the erasing are ours."""

from bot.channels.matrix.channel import Matrix, set_up

__all__ = ["Matrix", "set_up"]
