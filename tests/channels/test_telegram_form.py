"""The fields of a call, as any server reads a form: nothing is lost, whatever a screen holds."""

from __future__ import annotations

from urllib.parse import parse_qsl

from hypothesis import example, given
from hypothesis import strategies as st

from bot.channels.telegram.transport import _Fields

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


@example({"text": "a+b&c=d;e#f?g/h%20%é '\"<b>👍</b>\n\u2028", "empty": ""})
@given(st.dictionaries(st.sampled_from(["chat_id", "text", "reply_markup"]), TEXTS))
def test_a_form_gives_back_what_was_put_in(fields: dict[str, str]) -> None:
    written = _Fields(fields).url_encoded_parameters()
    assert dict(parse_qsl(written, keep_blank_values=True, strict_parsing=bool(written))) == fields
