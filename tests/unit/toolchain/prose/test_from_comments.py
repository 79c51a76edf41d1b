"""Comments in files that are neither Python nor Markdown."""

import pytest

from toolchain.prose.from_comments import hash_comments, slash_comments
from toolchain.prose.passages import Kind

MAKEFILE = """\
#!/usr/bin/env bash
# The first comment
# on two lines.

test: prepare ## all tests
	@echo "# not a comment" 'nor # this'
# don't stop # here
color: "#fff" # the colour
"""

BICEP = """\
// The first comment
// on two lines.
@description('Where it\\'s deployed to.')
param location string = 'https://example.com' // behind code

/*
 * A block
 * of lines.
 */
@sys.description('''
Two lines
of text.
''')
param other string = '''
// no comment
'''
"""


def test_hash_comments() -> None:
    found = [(each.kind, each.line, each.text) for each in hash_comments(MAKEFILE).passages]
    assert found == [
        (Kind.COMMENT, 2, "The first comment on two lines."),
        (Kind.COMMENT, 5, "all tests"),
        (Kind.COMMENT, 7, "don't stop # here"),
        (Kind.COMMENT, 8, "the colour"),
    ]


def test_slash_comments_and_descriptions() -> None:
    found = [(each.kind, each.line, each.text) for each in slash_comments(BICEP).passages]
    assert found == [
        (Kind.COMMENT, 1, "The first comment on two lines."),
        (Kind.MESSAGE, 3, "Where it's deployed to."),
        (Kind.COMMENT, 4, "behind code"),
        (Kind.COMMENT, 7, "A block of lines."),
        (Kind.MESSAGE, 11, "Two lines of text."),
    ]


@pytest.mark.parametrize("reader", [hash_comments, slash_comments])
def test_a_file_without_comments_has_no_prose(reader: object) -> None:
    assert callable(reader)
    assert reader("").passages == []
