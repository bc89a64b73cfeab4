"""Elements of arrays in machine code."""

from __future__ import annotations

import pytest

from seaofnodes.engine import Engine
from seaofnodes.javascript.objects.kinds import ElementsKind

OPTIONS = [{}, {"tier": "baseline"}, {"jitless": True}]


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_slots_of_a_dictionary_are_no_indices(options: dict[str, object]) -> None:
    text = """
        const get = (array, index) => array[index], put = (array, index, value) => { array[index] = value; };
        const usual = new Array(20);
        for (let i = 0; i < 20; i++) { put(usual, i, {}); get(usual, i); }
        const sparse = new Array(4096);
        put(sparse, 2048, "x");
        put(sparse, 7, "y");
        [get(sparse, 2048), get(sparse, 7), get(sparse, 0), get(sparse, 1), sparse.length].join();
    """
    assert Engine(**options).load_javascript(text).result == "x,y,,,4096"  # type: ignore[arg-type]


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_elements_of_an_array_whose_shape_is_its_own(options: dict[str, object]) -> None:
    text = """
        const get = (array, index) => array[index], put = (array, index, value) => { array[index] = value; };
        const array = [{}, {}, {}];
        array.name = 1; array.other = 2; delete array.name;
        for (let i = 0; i < 20; i++) { put(array, 1, i); get(array, 1); }
        put(array, 5000, "x");
        put(array, 3, "y");
        [get(array, 5000), get(array, 3), get(array, 1), get(array, 4), array.length].join();
    """
    assert Engine(**options).load_javascript(text).result == "x,y,19,,5001"  # type: ignore[arg-type]


def test_a_new_array_with_a_length_has_room() -> None:
    program = Engine().load_javascript("const a = new Array(5000); a[4000] = 1; const b = []; b[4000] = 1;")
    assert program.evaluate("[Object.keys(a), a.length, a[3999], a[4000], 0 in a].join()") == "4000,5000,,1,false"
    host = program.host

    def kind_of(name: str) -> ElementsKind:
        return host.iso.shape(host.conversion.to_javascript(program.globals[name])).elements_kind

    assert host.run(lambda: (kind_of("a"), kind_of("b"))) == (ElementsKind.HOLEY_SMI, ElementsKind.DICTIONARY)
