import pytest
from hypothesis import given
from hypothesis import strategies as st

from cococat.core.telegram_html import to_html
from cococat.simulators.telegram_sends import visible


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("plain", "plain"),
        ("1 < 2 & 3 > 2", "1 &lt; 2 &amp; 3 &gt; 2"),
        ("**bold** and *italic*", "<b>bold</b> and <i>italic</i>"),
        ("__bold__ and _italic_", "<b>bold</b> and <i>italic</i>"),
        ("**bold *and italic***", "<b>bold <i>and italic</i></b>"),
        ("~~gone~~ ||secret||", "<s>gone</s> <tg-spoiler>secret</tg-spoiler>"),
        ("snake_case_name and 2*3*4", "snake_case_name and 2*3*4"),
        ("`a < *b*`", "<code>a &lt; *b*</code>"),
        ("# Title #", "<b>Title</b>"),
        ("- one\n  * two", "• one\n  • two"),
        ("> quoted\n> more\nafter", "<blockquote>quoted\nmore</blockquote>\nafter"),
        (
            "[a **b**](https://example.org/?a=1&b=2)",
            '<a href="https://example.org/?a=1&amp;b=2">a <b>b</b></a>',
        ),
        ("[x](javascript:alert)", "[x](javascript:alert)"),
        (
            "```python\nif a < b:\n    *x*\n```\nafter",
            '<pre><code class="language-python">if a &lt; b:\n    *x*</code></pre>\nafter',
        ),
        ("```\nnever closed", "<pre>never closed</pre>"),
        ("---", "———"),
    ],
)
def test_markdown_becomes_html(markdown: str, html: str) -> None:
    """What Telegram has a tag for gets it, everything else is text."""
    assert to_html(markdown) == html


@given(st.text(st.sampled_from("ab <>&*_~|`#>-[]()\n.:/\"'1"), max_size=80))
def test_telegram_can_parse_all_of_it(markdown: str) -> None:
    """Whatever a model writes, the tags are closed in the right order."""
    visible({"text": to_html(markdown), "parse_mode": "HTML"})
