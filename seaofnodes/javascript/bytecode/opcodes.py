"""The bytecodes, with V8's names, numbers (version 14.6) and operands.

Operands are written in one byte each, in two behind the prefix Wide, in four behind ExtraWide; but those of fixed
width.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final


class Operand(Enum):
    """What an operand is: a register that is read (IN) or written (OUT), the first of two or three (PAIR, TRIPLE) or
    of a list (LIST, with a COUNT behind it), a constant (IDX), a feedback slot (SLOT), a signed number (IMM), an
    unsigned one (UIMM), flags (FLAG, one byte; FLAGS, two), feedback in the bytecode itself (EMBEDDED, two bytes), a
    function of the runtime (RUNTIME, two bytes; INTRINSIC, one byte), a distance (JUMP).
    """

    IN = "in"
    LIST = "list"
    PAIR_IN = "pair in"
    OUT = "out"
    PAIR = "pair"
    TRIPLE = "triple"
    COUNT = "count"
    IDX = "idx"
    SLOT = "slot"
    IMM = "imm"
    UIMM = "uimm"
    FLAG = "flag"
    FLAGS = "flags"
    EMBEDDED = "embedded"
    RUNTIME = "runtime"
    INTRINSIC = "intrinsic"
    JUMP = "jump"


@dataclass(frozen=True, slots=True)
class Opcode:
    """reads, writes: does it read, and write, the accumulator?; pure: has it no effect but on registers?; ends: does
    nothing come behind it?
    """

    name: str
    number: int
    operands: tuple[Operand, ...]
    reads: bool = False
    writes: bool = False
    pure: bool = False
    ends: bool = False

    @property
    def jumps(self) -> bool:
        return Operand.JUMP in self.operands

    @property
    def loads(self) -> bool:
        """Does it only load the accumulator?"""
        return self.pure and self.writes and not self.reads


_WORDS: Final = {found.name.lower(): found for found in Operand}
_FIRST_SHORT_STAR: Final = 195
SHORT_STARS: Final = 16

# number name accumulator operands; accumulator: r reads, w writes, p no effects, e ends a block
_TABLE: Final = """
11 Ldar wp in
12 LdaZero wp
13 LdaSmi wp imm
14 LdaUndefined wp
15 LdaNull wp
16 LdaTheHole wp
17 LdaTrue wp
18 LdaFalse wp
19 LdaConstant wp idx
20 LdaContextSlotNoCell wp in uimm uimm
21 LdaContextSlot wp in uimm uimm
22 LdaImmutableContextSlot wp in uimm uimm
23 LdaCurrentContextSlotNoCell wp uimm
24 LdaCurrentContextSlot wp uimm
25 LdaImmutableCurrentContextSlot wp uimm
26 Star rp out
27 Mov p in out
28 PushContext r out
29 PopContext - in
30 TestReferenceEqual rwp in
31 TestUndetectable rwp
32 TestNull rwp
33 TestUndefined rwp
34 TestTypeOf rwp flag
35 LdaGlobal w idx slot
36 LdaGlobalInsideTypeof w idx slot
37 StaGlobal r idx slot
38 StaContextSlotNoCell r in uimm uimm
39 StaCurrentContextSlotNoCell r uimm
40 StaContextSlot r in uimm uimm
41 StaCurrentContextSlot r uimm
51 GetNamedProperty w in idx slot
52 GetNamedPropertyFromSuper rw in idx slot
53 GetKeyedProperty rw in slot
54 GetEnumeratedKeyedProperty rw in in in slot
55 LdaModuleVariable w imm uimm
56 StaModuleVariable r imm uimm
57 SetNamedProperty rw in idx slot
58 DefineNamedOwnProperty rw in idx slot
59 SetKeyedProperty rw in in slot
60 DefineKeyedOwnProperty rw in in flag slot
61 StaInArrayLiteral rw in in slot
62 DefineKeyedOwnPropertyInLiteral r in in flag slot
63 SetPrototypeProperties r idx slot
64 Add rw in slot
65 Sub rw in slot
66 Mul rw in slot
67 Div rw in slot
68 Mod rw in slot
69 Exp rw in slot
70 BitwiseOr rw in slot
71 BitwiseXor rw in slot
72 BitwiseAnd rw in slot
73 ShiftLeft rw in slot
74 ShiftRight rw in slot
75 ShiftRightLogical rw in slot
77 AddSmi rw imm slot
78 SubSmi rw imm slot
79 MulSmi rw imm slot
80 DivSmi rw imm slot
81 ModSmi rw imm slot
82 ExpSmi rw imm slot
83 BitwiseOrSmi rw imm slot
84 BitwiseXorSmi rw imm slot
85 BitwiseAndSmi rw imm slot
86 ShiftLeftSmi rw imm slot
87 ShiftRightSmi rw imm slot
88 ShiftRightLogicalSmi rw imm slot
89 Inc rw slot
90 Dec rw slot
91 Negate rw slot
92 BitwiseNot rw slot
93 ToBooleanLogicalNot rwp
94 LogicalNot rwp
95 TypeOf rwp slot
96 DeletePropertyStrict rw in
97 DeletePropertySloppy rw in
98 GetSuperConstructor r out
99 FindNonDefaultConstructorOrConstruct - in in pair
100 CallAnyReceiver w in list count slot
101 CallProperty w in list count slot
102 CallProperty0 w in in slot
103 CallProperty1 w in in in slot
104 CallProperty2 w in in in in slot
105 CallUndefinedReceiver w in list count slot
106 CallUndefinedReceiver0 w in slot
107 CallUndefinedReceiver1 w in in slot
108 CallUndefinedReceiver2 w in in in slot
109 CallWithSpread w in list count slot
110 CallRuntime w runtime list count
111 CallRuntimeForPair - runtime list count pair
112 CallJSRuntime w uimm list count
113 InvokeIntrinsic w intrinsic list count
114 Construct rw in list count slot
115 ConstructWithSpread rw in list count slot
116 ConstructForwardAllArgs rw in slot
117 TestEqual rw in embedded
118 TestEqualStrict rw in embedded
119 TestLessThan rw in embedded
120 TestGreaterThan rw in embedded
121 TestLessThanOrEqual rw in embedded
122 TestGreaterThanOrEqual rw in embedded
123 TestInstanceOf rw in slot
124 TestIn rw in slot
125 ToName rw
126 ToNumber rw slot
127 ToNumeric rw slot
128 ToObject r out
129 ToString rw
130 ToBoolean rwp
131 CreateRegExpLiteral w idx slot flags
132 CreateArrayLiteral w idx slot flag
133 CreateArrayFromIterable rw
134 CreateEmptyArrayLiteral wp slot
135 CreateObjectLiteral w idx slot flag
136 CreateEmptyObjectLiteral wp
137 CloneObject w in flag slot
138 GetTemplateObject w idx slot
139 CreateClosure w idx slot flag
140 CreateBlockContext w idx
141 CreateCatchContext w in idx
142 CreateFunctionContext w idx uimm
143 CreateFunctionContextWithCells w idx uimm
146 CreateMappedArguments w
147 CreateUnmappedArguments w
148 CreateRestParameter w
149 JumpLoop - jump imm slot
150 Jump e jump
163 JumpIfToBooleanTrue r jump
164 JumpIfToBooleanFalse r jump
165 JumpIfTrue r jump
166 JumpIfFalse r jump
167 JumpIfNull r jump
168 JumpIfNotNull r jump
169 JumpIfUndefined r jump
170 JumpIfNotUndefined r jump
171 JumpIfUndefinedOrNull r jump
172 JumpIfJSReceiver r jump
173 JumpIfForInDone - jump in in
174 SwitchOnSmiNoFeedback r idx uimm imm
175 ForInEnumerate w in
176 ForInPrepare r triple slot
177 ForInNext w in in pair_in slot
178 ForInStep - in
180 SetPendingMessage rw
181 Throw re
182 ReThrow re
183 Return re
184 ThrowReferenceErrorIfHole r idx
185 ThrowSuperNotCalledIfHole r
186 ThrowSuperAlreadyCalledIfNotHole r
187 ThrowIfNotSuperConstructor - in
188 SwitchOnGeneratorState - in idx uimm
189 SuspendGenerator re in list count uimm
190 ResumeGenerator w in out count
191 GetIterator w in slot slot
192 Debugger -
"""


def _table() -> dict[str, Opcode]:
    found = {}
    for line in _TABLE.strip().splitlines():
        number, name, uses, *operands = line.split()
        if uses not in ("-",) and not set(uses) <= set("rwpe"):
            operands.insert(0, uses)
            uses = ""
        words = tuple(_WORDS[word] for word in operands)
        found[name] = Opcode(name, int(number), words, "r" in uses, "w" in uses, "p" in uses, "e" in uses)
    for index in range(SHORT_STARS):
        name = f"Star{index}"
        found[name] = Opcode(name, _FIRST_SHORT_STAR + SHORT_STARS - 1 - index, (), reads=True, pure=True)
    return found


OPCODES: Final = _table()
BY_NUMBER: Final = {found.number: found for found in OPCODES.values()}
WIDE: Final = 0
EXTRA_WIDE: Final = 1
FIXED_WIDTH: Final = {Operand.FLAG: 1, Operand.FLAGS: 2, Operand.INTRINSIC: 1, Operand.RUNTIME: 2, Operand.EMBEDDED: 2}
