"""What may be chosen about the fake: where the real server is uncertain, or too slow for a test."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Rules:
    """Every default is what the real server does or, where nobody could tell, the stricter of the possibilities."""

    ids: str = "account"
    """`account`: one sequence of message ids for all private chats, as in reality; `chat`: one for each."""

    presses_last: float = 60.0
    """Seconds during which a press may be answered, and its wheel turns."""

    answer_twice: bool = False
    """Whether a press may be answered again. Nothing public tells; refusing is stricter."""

    wide_counts_twice: bool = True
    """Whether 4096 is counted in UTF-16 units. A published measure says characters; units are stricter."""

    keep: int | None = None
    """How many messages, presses and notices of a chat are kept; None: all. A million calls do not fit in memory."""

    calm: float = 3.0
    """Seconds that hasty pollers wait: two at once, or the same offset again without a timeout."""

    webhook_pause: float = 1.0
    """What one second of waiting between two deliveries to a webhook lasts."""

    webhook_patience: float = 60.0
    """Seconds that a webhook has to answer."""

    def __post_init__(self) -> None:
        """Refuse what is not a choice."""
        if self.ids not in {"account", "chat"}:
            raise ValueError("ids: « account » or « chat »")
