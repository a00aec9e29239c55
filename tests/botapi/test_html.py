"""HTML as the server reads it, and what is left of a text."""

from __future__ import annotations

import pytest

from tests.botapi.content import tidy
from tests.botapi.errors import Refused
from tests.botapi.text import clean, parse_html, to_html

Spans = list[tuple[str, int, int]]


@pytest.mark.parametrize(
    ("written", "plain", "spans"),
    [
        ("a <b>b</b>", "a b", [("bold", 2, 1)]),
        ("<B>a</B>", "a", [("bold", 0, 1)]),
        ("<b>a<i>b</i></b>", "ab", [("bold", 0, 2), ("italic", 1, 1)]),
        ("<strong>a</strong><em>b</em><ins>c</ins><del>d</del>", "abcd", [("bold", 0, 1), ("italic", 1, 1)]),
        ("😀<u>é</u>", "😀é", [("underline", 2, 1)]),
        ("<b></b>a", "a", []),
        ("a<b>b</>c", "abc", [("bold", 1, 1)]),
        ("&lt;&gt;&amp;&quot;&#233;&#x1f600;", '<>&"é😀', []),
        ("&nbsp;&apos;&lt &ltx; & &#0;", "&nbsp;&apos;< &ltx; & &#0;", []),
        ("a > b", "a > b", []),
        ('<span class="tg-spoiler">a</span>', "a", [("spoiler", 0, 1)]),
        ("<blockquote expandable>a</blockquote>", "a", [("expandable_blockquote", 0, 1)]),
        ('<pre><code class="language-py">a</code></pre>', "a", [("pre", 0, 1)]),
        ("<code>a</code>", "a", [("code", 0, 1)]),
        ("<b id=x title='y'>a</b >", "a", [("bold", 0, 1)]),
    ],
)
def test_is_read(written: str, plain: str, spans: Spans) -> None:
    text, entities = parse_html(written)
    assert text == plain
    assert [(e["type"], e["offset"], e["length"]) for e in entities][: len(spans) or None] == spans


def test_links() -> None:
    text, (link,) = parse_html('<a href="http://example.fr/?a=1&amp;b=2">ici</a>')
    assert (text, link["url"]) == ("ici", "http://example.fr/?a=1&b=2")
    assert parse_html('<a href="tel:112">ici</a>') == ("ici", [])
    assert parse_html("<a>example.fr</a>")[1][0]["url"] == "http://example.fr/"
    assert parse_html('<a href="tg://user?id=12">x</a>')[1][0]["user"]["id"] == 12


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("é<b>a", 'Can\'t find end tag corresponding to start tag "b"'),
        ("é<b", "Unclosed start tag at byte offset 2"),
        ("é<b ", 'Empty attribute name in the tag "b" at byte offset 2'),
        ('é<a href="x', "Unclosed start tag at byte offset 2"),
        ("é<a href=", 'Unclosed start tag "a" at byte offset 2'),
        ("é<a href", 'Unclosed start tag "a" at byte offset 2'),
        ("é<a href=é>b</a>", "Unexpected end of name token at byte offset 10"),
        ("é<p>a</p>", 'Unsupported start tag "p" at byte offset 2'),
        ("a < b", 'Unsupported start tag "" at byte offset 2'),
        ("a<br/>", 'Unsupported start tag "br/" at byte offset 1'),
        ("é</b>", "Unexpected end tag at byte offset 2"),
        ("<b>é</i>", 'Unmatched end tag at byte offset 5, expected "</b>", found "</i>"'),
        ("<b>é</b", "Unclosed end tag at byte offset 5"),
        ("<span>a</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
    ],
)
def test_is_refused(written: str, said: str) -> None:
    with pytest.raises(Refused) as refusal:
        parse_html(written)
    assert refusal.value.description == f"Bad Request: can't parse entities: {said}"


@pytest.mark.parametrize(
    "written", ["<b>a</b> &amp; <i>b<u>c</u></i>", '<a href="https://example.fr/">a</a>', "1 &lt; 2"]
)
def test_goes_round(written: str) -> None:
    assert to_html(*parse_html(written)) == written


def test_what_is_cleaned() -> None:
    assert clean("a\tb\r\nc\u202ed\u2066e\u2069") == "a b\ncd\u2066e\u2069"
    assert clean("a\u200f\u200eb") == "a\u200c\u200eb"


@pytest.mark.parametrize(
    ("written", "plain", "spans"),
    [
        ("  <b>a</b> \n", "a", [("bold", 0, 1)]),
        ("<b> a </b>", " a", [("bold", 0, 2)]),
        ("<b>a</b><b>b</b>", "ab", [("bold", 0, 2)]),
        ("\u202e<b>a\rb</b>", "ab", [("bold", 0, 2)]),
    ],
)
def test_what_is_trimmed(written: str, plain: str, spans: Spans) -> None:
    text, entities = tidy(*parse_html(written))
    assert (text, [(e["type"], e["offset"], e["length"]) for e in entities]) == (plain, spans)
