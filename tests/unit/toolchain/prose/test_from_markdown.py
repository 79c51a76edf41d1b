"""What a page says, and what of it is left out."""

from toolchain.prose.from_markdown import markdown_prose
from toolchain.prose.passages import Kind

PAGE = """\
# A title

A paragraph with `code`, a [link](https://example.com/a/b) and *more*
on two lines. <https://example.com> is an address.

* first item
* second item,
  continued

1. numbered

```sh
not a sentence of this page
```

    nor this one

| head | other |
| --- | --- |
| a cell. With two sentences | `x` |
"""


def test_each_paragraph_item_heading_and_cell_is_a_passage() -> None:
    found = [(each.kind, each.line, each.text) for each in markdown_prose(PAGE).passages]
    assert found == [
        (Kind.HEADING, 1, "A title"),
        (Kind.TEXT, 3, "A paragraph with `code`, a link and more on two lines. is an address."),
        (Kind.TEXT, 6, "first item"),
        (Kind.TEXT, 7, "second item, continued"),
        (Kind.TEXT, 10, "numbered"),
        (Kind.TABLE, 18, "head"),
        (Kind.TABLE, 18, "other"),
        (Kind.TABLE, 20, "a cell. With two sentences"),
        (Kind.TABLE, 20, "`code`"),
    ]


def test_headings_and_tables_have_words_and_no_sentences() -> None:
    assert {kind for kind in Kind if not kind.has_sentences} == {Kind.HEADING, Kind.TABLE}


def test_the_rows_of_a_table_are_known() -> None:
    lines = markdown_prose(PAGE).table_lines
    assert {18, 19, 20} <= lines
    assert lines & {3, 13, 16} == set()
