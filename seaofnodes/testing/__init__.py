"""Tests of one's own rules and passes: graphs as text in, graphs as text out, and the same meaning.

    from seaofnodes.testing import assert_rule_fires, assert_same_meaning, transform

    def test_union():
        assert_rule_fires("union", "simplify", MASKED, load=["my_pass.py"])

With pytest, files `*.graph` are tests, too: see `seaofnodes.testing.files`.
"""

from seaofnodes.testing.graphs import (
    Transformed as Transformed,
    assert_graph as assert_graph,
    assert_rule_does_not_fire as assert_rule_does_not_fire,
    assert_rule_fires as assert_rule_fires,
    canonical_text as canonical_text,
    read_graph as read_graph,
    transform as transform,
)
from seaofnodes.testing.matching import assert_matches as assert_matches
from seaofnodes.testing.meaning import assert_same_meaning as assert_same_meaning
