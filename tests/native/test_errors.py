"""What is outside of the subset: each message stands at its place."""

from __future__ import annotations

import pytest

from seaofnodes import Error, SourceError, function, i32
from tests.native.texts import HEAD, program

# Bodies of a function of (x: i32, y: i32, z: i64, a: f64, b: f32, c: bool, u: u32) -> i32, with the place of the error
# in «».
BODIES = [
    # types
    ("return «x + z»", "i32 + i64: convert one of them"),
    ("return «x + u»", "i32 + u32: convert one of them"),
    ("return «a»", "the result is i32, not f64"),
    ("return «a + b»", "f64 + f32: convert one of them"),
    ("return «c + c»", "+ of bool: say i32(x)"),
    ("return «c»", "the result is i32, not bool"),
    ("return x + «1.5»", "1.5 is no i32"),
    ("return x + («1 << 31»)", "2147483648 is out of the range of i32"),
    ("return i32(u + «-1»)", "-1 is out of the range of u32"),
    ("return i32(a + («(1 << 53) + 1»))", "is no f64: say f64("),
    ("return i32(«1 << 31»)", "2147483648 is out of the range of i32"),
    ("return i32(f64(«10 ** 400»))", "** is not supported"),
    ("return i32(f64(«1 << 2000»))", "is out of the range of f64"),
    ("v = «5»\n    return v", "which type has v? Say v: i32 = 5"),
    ("v = «0.5»\n    return i32(v)", "which type has v? Say v: f64 = 0.5"),
    ("v = x\n    v = «z»\n    return v", "v is i32, not i64"),
    ("v: i32 = x\n    «v»: i64 = z\n    return x", "v is i32, not i64"),
    ("v: «int» = 5\n    return x", "int is no type of a value; say i32 or i64: an int is unbounded"),
    ("v: «float» = 5.0\n    return x", "say f64"),
    ("return twice(«z»)", "argument 1 of twice is i32, not i64"),
    ("return x if «x» else y", "a condition is a bool, not i32: say x != 0"),
    ("return x if c and «x» else y", "a condition is a bool, not i32"),
    ("return x if not «a» else y", "a condition is a bool, not f64"),
    ("return x if c else «z»", "i32 is wanted here, not i64"),
    ("return i32(«x if c else z»)", "i32 else i64: convert one of them"),
    ("return x if «x < z» else y", "i32 < i64: convert one of them"),
    ("return x if «c < c» else y", "a bool is compared with == and != only"),
    ("return x if «1 < 2» else y", "numbers without a type are compared"),
    ("return x if «x == True» else y", "i32 == bool: convert one of them"),
    ("while «x»:\n        x -= 1\n    return x", "a condition is a bool, not i32"),
    ("return load_i32(«x»)", "an address is an i64 or u64, not i32"),
    ("return «load_i64(z)»", "the result is i32, not i64"),
    ("store_i32(z, «z»)\n    return x", "the value of store_i32 is i32, not i64"),
    ("return «bool(x)»", "bool(x) is not supported: say x != 0"),
    ("return i32(«f64(c)»)", "f64 of a bool"),
    ("return i32(«sqrt(z)»)", "sqrt of i64 is not supported"),
    ("return i32(«min(a, a)»)", "min of f64 is not supported"),
    ("return i32(«abs(u)»)", "abs of u32 is not supported"),
    ("return i32(«-c»)", "neg of bool: say i32(x)"),
    # operators
    ("return «x / y»", "/ of integers: say //, or convert both to f64"),
    ("return i32(«a // a»)", "// of floats: say round_down(x / y)"),
    ("return i32(«a % a»)", "% of floats is not supported"),
    ("return «x ** 2»", "** is not supported: say x * x"),
    ("return «x @ y»", "@ is not supported"),
    ("return x << «32»", "a count of 32: counts are taken modulo 32"),
    ("return x >> «-1»", "a count of -1: counts are taken modulo 32"),
    ("return rotl(x, «32»)", "a count of 32: counts are taken modulo 32"),
    ("return «1 // 0» + x", "the constant cannot be computed: integer division or modulo by zero"),
    ("return x + («1 << 5000»)", "the constant is too large"),
    ("return x if x is «y» else y", "is and in are not supported"),
    ("return x if x in «(1, 2)» else y", "is and in are not supported"),
    # names
    ("return «v»", "v is not defined"),
    ("return «v»\n    v = x", "v has no value yet"),
    ("if c:\n        v = x\n    return «v»", "v may have no value here: not every path assigns it"),
    ("while c:\n        v = x\n        c = False\n    return «v»", "v may have no value here"),
    ("for i in range(x):\n        pass\n    return «i»", "i may have no value here"),
    ("v: i32\n    return «v»", "v may have no value here"),
    ("while True:\n        if c:\n            break\n        v = x\n    return «v»", "v may have no value here"),
    ("«v» += 1\n    return v", "v has no value yet"),
    ("return «math.pi2»", "math.pi2 is not defined"),
    ("return «TEXT»", "TEXT is str, not a number"),
    ("return «THINGS»", "THINGS is list, not a number"),
    ("return «twice»", "twice is a typed function, not a number"),
    ("return «plain»(x)", "plain is no typed function"),
    ("return «print»(x)", "print is no typed function"),
    ("return «missing»(x)", "missing is not defined"),
    ("return «LIMIT»(x)", "LIMIT is no typed function"),
    ("return «x.real»", "x.real is not defined"),
    # calls
    ("return «twice(x, y)»", "twice takes 1 argument, not 2"),
    ("return twice(x=«x»)", "arguments are given by position"),
    ("return twice(«*x»)", "* is not supported"),
    ("return «both(x, y)»", "both has 2 results, one is wanted here"),
    ("return «nothing(x)»", "nothing has no results, one is wanted here"),
    ("«v, w, t» = both(x, y)\n    return v", "3 locals for 2 results"),
    ("«v, w» = twice(x)\n    return v", "2 locals for 1 result"),
    ("v, w = «x»\n    return v", "2 locals take as many values"),
    ("return «store_i32(z, x)»", "store_i32 stands alone in a line"),
    ("«store_i32(z)»\n    return x", "store_i32 takes an address, a value and perhaps an alias class"),
    ("return load_i32(z, «5»)", "an alias class is a string"),
    ("return «load_i32(z, TEXT, x)»", "load_i32 takes 1 argument, not 3"),
    ("«load_i32(z)»\n    return x", "this has no effect"),
    ("«x + y»\n    return x", "this has no effect"),
    ("«trap(x)»", "trap takes no arguments"),
    ("return «clz(x, y)»", "clz takes 1 argument, not 2"),
    # statements
    ("for i in «THINGS»:\n        pass\n    return x", "for goes over range(...) only"),
    ("for i in range(«10»):\n        pass\n    return x", "which type has i? Say range(i32(10))"),
    ("for i in range(x, «z»):\n        pass\n    return x", "i is i32, not i64"),
    ("for i in «range(a)»:\n        pass\n    return x", "range goes over integers, not f64"),
    ("for i in range(x, y, «0»):\n        pass\n    return x", "the step is an integer constant, and not 0"),
    ("for i in range(x, y, «x»):\n        pass\n    return x", "the step is an integer constant, and not 0"),
    ("for i in range(x, y, «1 << 40»):\n        pass\n    return x", "is out of the range of i32"),
    ("for i in «range()»:\n        pass\n    return x", "range takes 1 to 3 arguments"),
    ("for «x.y» in range(x):\n        pass\n    return x", "only locals are assigned"),
    ("while c:\n        x += 1\n    else:\n        «x += 2»\n    return x", "else after a loop is not supported"),
    ("«raise» ValueError", "raise is not supported: trap() ends all of it"),
    ("«assert c»\n    return x", "assert is not supported"),
    ("«try:»\n        pass\n    finally:\n        pass\n    return x", "try is not supported"),
    ("«with x:»\n        pass\n    return x", "with is not supported"),
    ("«global LIMIT»\n    LIMIT = x\n    return x", "global is not supported"),
    ("«del x»\n    return y", "del is not supported"),
    ("«import os»\n    return x", "import stands outside of the function"),
    ("«def g» (): pass\n    return x", "functions in functions are not supported"),
    ("«match x:»\n        case 1: pass\n    return x", "match is not supported"),
    ("«x[0]» = y\n    return x", "memory is written with store_i32(address, value)"),
    ("«x.y» = y\n    return x", "only locals are assigned"),
    ("v = «w» = x\n    return v", "one assignment at a time"),
    ("return «x[0]»", "indexing is not supported"),
    ("return «[x]»", "lists are not supported"),
    ("return («lambda: x»)()", "lambda: x is not defined"),
    ("return («v := x»)", ":= is not supported"),
    ("return «x, y»", "a tuple stands only in an assignment to several locals, and after return"),
    ("«return»", "the function has 1 result"),
    ("return «None»", "None is no value here"),
    ("return «'a'»", "str is no value here"),
]


@pytest.mark.parametrize(("body", "problem"), BODIES)
def test_body(body: str, problem: str) -> None:
    text = f"\n@function\ndef f(x: i32, y: i32, z: i64, a: f64, b: f32, c: bool, u: u32) -> i32:\n    {body}\n"
    check(text, problem)


def check(text: str, problem: str) -> None:
    before, _, rest = text.partition("«")
    marked = rest.partition("»")[0]
    with pytest.raises(SourceError) as caught:
        program(text.replace("«", "").replace("»", ""))
    error = caught.value
    assert problem in error.problem
    line = (HEAD + before).count("\n") + 1
    column = len(before) - before.rfind("\n")
    assert (error.line, error.column) == (line, column), str(error)
    lines = str(error).splitlines()
    assert lines[1] == f'  File "{error.file}", line {line}, column {column}, in f'
    caret = lines[3]
    width = len(caret.strip())
    assert lines[2][caret.index("^") : caret.index("^") + width].startswith(marked.split("\n")[0][:width])
    if not marked.startswith(("raise", "def")):
        assert width == len(marked)


SIGNATURES = [
    ("def f(«x»):\n    return x", "parameter x needs a type: i32"),
    ("def f(«x», y: i32) -> i32:\n    return y", "parameter x needs a type"),
    ("def f(x: «int») -> i32:\n    return x", "int is no type of a value; say i32 or i64"),
    ("def f(x: «'int'») -> i32:\n    return x", "int is no type of a value; say i32 or i64"),
    ("def f(x: «'i32)'») -> i32:\n    return x", "no type: "),
    ("def f(x: «'Nothing'») -> i32:\n    return x", "Nothing is no type of a value"),
    ("«def f»(x: i32):\n    return x", "the function needs a type of its result"),
    ("def f(x: i32) -> «str»:\n    return x", "str is no type of a value"),
    ("def f(x: i32) -> «tuple[i32]»:\n    return x", "a tuple of results has 2 to 64"),
    ("def f(*«x: i32») -> i32:\n    return 1", "parameters are positional, one value each"),
    ("def f(x: i32, **«y: i32») -> i32:\n    return x", "parameters are positional"),
    ("def f(x: i32, *, «y: i32») -> i32:\n    return x", "parameters are positional"),
    ("def f(x: i32 = «3») -> i32:\n    return x", "a parameter has no default value"),
    ("«def f»(x: i32) -> i32:\n    x += 1", "the function may end without return"),
    ("«def f»(x: i32) -> i32:\n    if x < 1:\n        return x", "the function may end without return"),
    ("«def f»(x: i32) -> i32:\n    while x < 1:\n        return x", "the function may end without return"),
    ("def f(x: i32) -> None:\n    return «x»", "the function has no results"),
    ("def f(x: i32) -> tuple[i32, i32]:\n    return «x»", "the function has 2 results"),
    ("def f(x: i32) -> tuple[i32, i32]:\n    return «both(x, x)»", "assign the results of the call to locals first"),
    ("def f(x: i32) -> i32:\n    ä = x; return «ä + i64(1)»", "i32 + i64"),
]


@pytest.mark.parametrize(("text", "problem"), SIGNATURES)
def test_signature(text: str, problem: str) -> None:
    text = "@function\n" + text
    check(text, problem)


def test_another_decorator() -> None:
    text = "import functools\n@function\n@«functools.cache»\ndef f(x: i32) -> i32:\n    return x\n"
    with pytest.raises(Error, match="no function that def makes"):
        program(text.replace("«", "").replace("»", ""))
    text = "def same(f):\n    return f\n@function\n@«same»\ndef f(x: i32) -> i32:\n    return x\n"
    check(text, "another decorator may change what the function means")


def test_nesting_is_bounded() -> None:
    deep = "x" + " + x" * 300
    with pytest.raises(SourceError, match="nested"):
        program(f"@function\ndef f(x: i32) -> i32:\n    return {deep}\n")
    choices = "    if x == 0:\n        return 0\n"
    choices += "".join(f"    elif x == {i}:\n        x = 1\n" for i in range(1, 300))
    with pytest.raises(SourceError, match="elif counts"):
        program(f"@function\ndef f(x: i32) -> i32:\n{choices}    return x\n")


def test_many_parameters() -> None:
    given = ", ".join(f"p{i}: i32" for i in range(65))
    with pytest.raises(SourceError, match="at most 64 parameters"):
        program(f"@function\ndef f({given}) -> i32:\n    return p0\n")


def test_no_source() -> None:
    made: dict[str, object] = {"i32": i32, "function": function}
    with pytest.raises(Error, match="f: its source cannot be read"):
        exec("@function\ndef f(x: i32) -> i32:\n    return x\n", made)
    with pytest.raises(Error, match="not with lambda"):
        function(lambda x: x)
    with pytest.raises(Error, match="no function that def makes"):
        function(print)
    with pytest.raises(SourceError, match="a coroutine cannot be compiled"):

        @function
        async def wait(x: i32) -> i32:
            return x


def test_a_mistake_in_a_callee_is_found_before_anything_runs() -> None:
    text = "@function\ndef g(x: i32) -> i32:\n    return x + i64(1)\n"
    text += "@function\ndef f(x: i32) -> i32:\n    return g(x)\n"
    with pytest.raises(SourceError, match="in g"):
        program(text)
