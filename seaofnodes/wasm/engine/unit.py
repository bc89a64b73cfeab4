"""A module in one engine, as the runtime knows it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from seaofnodes.wasm.engine.references import top_of
from seaofnodes.wasm.engine.values import signature_of
from seaofnodes.wasm.instance_layout import Lowering, layout_of
from seaofnodes.wasm.module import Module
from seaofnodes.wasm.types import FUNC, ArrayType, DefinedType, FieldType, RefType, StructType

if TYPE_CHECKING:
    from seaofnodes.backend.assembler.features import CpuFeatures
    from seaofnodes.backend.code import MachineCode
    from seaofnodes.backend.template.frame_layout import FrameLayout, Place
    from seaofnodes.ir.graph import Graph
    from seaofnodes.ir.operator import Operator
    from seaofnodes.ir.ops.shapes import FieldAccess
    from seaofnodes.runtime.entry.signatures import Signature
    from seaofnodes.runtime.tiers.unit import BytecodeLine, CallSite, Speculate
    from seaofnodes.wasm.engine.store import Store
    from seaofnodes.wasm.lift.constant_objects import ConstantObjects


def _may_hold_functions(kind: DefinedType) -> bool:
    """May an object of that type?"""
    fields: Sequence[FieldType] = ()
    if isinstance(kind, StructType):
        fields = kind.fields
    elif isinstance(kind, ArrayType):
        fields = (kind.element,)
    return any(isinstance(field.type, RefType) and top_of(field.type) is FUNC for field in fields)


class ModuleUnit:
    """Implements `runtime.tiers.unit.Unit`. Attributes: store: of the engine; module; layout: of its instances;
    shares_functions: may objects hold its functions?
    """

    def __init__(self, store: Store, module: Module) -> None:
        self.store = store
        self.language_name = "Wasm"  # as V8 says
        self.module = self.names = module
        self.first = module.imported_functions
        self.functions = len(module.functions)
        self.layout = layout_of(module)
        self.feedback_layout = self.layout.feedback
        self.type_ids = tuple(store.type_id(kind) for kind in module.types)
        self.lowering = Lowering(self.layout, self.type_ids)
        self._constants: ConstantObjects | None = None
        self.shares_functions = any(map(_may_hold_functions, module.types))
        for index, names in module.names.fields.items():
            if index < len(module.types) and isinstance(module.types[index], StructType):
                store.name_fields(self.type_ids[index], names)

    def function_reference(self, index: int) -> Operator:
        """The operator that gives the record of a function, own or imported, of its instance."""
        from seaofnodes.wasm.dialect.operators import function_record

        return function_record(index)

    def constant_field(self, op: Operator, path: Sequence[FieldAccess]) -> Operator | None:
        """What is known of objects that immutable globals refer to, see `Unit.constant_field`."""
        if self._constants is None:
            from seaofnodes.wasm.lift.constant_objects import ConstantObjects

            self._constants = ConstantObjects(self.module)
        return self._constants.field(op, path)

    def function_name(self, index: int) -> str:
        """A name for people."""
        return self.module.function_name(index)

    def function_size(self, index: int) -> int:
        """Bytes of bytecode, -1 for an imported function."""
        return self.module.code[index - self.first].size if index >= self.first else -1

    def signature(self, index: int) -> Signature:
        """What a function takes and gives."""
        return signature_of(self.module.functions[index])

    def call_sites(self, index: int) -> int:
        """How many call sites an own function has."""
        return self.module.call_sites[index - self.first]

    def callees(self, index: int) -> Collection[int]:
        """The functions that an own function calls directly."""
        return self.module.callees[index - self.first]

    def lift(
        self,
        index: int,
        osr_offset: int = -1,
        *,
        frame_states: bool = False,
        checkpoints: bool = False,
        speculate: Speculate | None = None,
    ) -> Graph:
        """The graph of an own function, see `Unit.lift`. Raises UnsupportedError."""
        from seaofnodes.wasm.lift.analysis import check_size
        from seaofnodes.wasm.lift.function import lift
        from seaofnodes.wasm.lift.osr import lift_from_loop

        check_size(self.function_name(index), self.function_size(index))
        if osr_offset < 0:
            return lift(
                self.module, index, frame_states=frame_states, checkpoints=checkpoints, speculate=speculate
            )
        return lift_from_loop(
            self.module, index, osr_offset, frame_states=frame_states, checkpoints=checkpoints, speculate=speculate
        )

    def type_text(self, index: int) -> str:
        """A function's type, in the text format's words."""
        return str(self.module.functions[index])

    def bytecode(self, index: int) -> Sequence[BytecodeLine]:
        """The instructions of an own function."""
        from seaofnodes.wasm.format import format_body

        return format_body(self.module, index)

    def call_lines(self, index: int) -> Sequence[CallSite]:
        """The call sites of an own function."""
        from seaofnodes.wasm.format import call_lines

        return call_lines(self.module, index)

    def baseline(self, index: int, features: CpuFeatures, *, tier_up: bool) -> MachineCode:
        """Baseline code of an own function."""
        from seaofnodes.wasm.baseline import compile_baseline

        return compile_baseline(
            self.module, index, self.layout, type_ids=self.type_ids, tier_up=tier_up, features=features
        )

    def frame_layouts(
        self, index: int, places: Collection[Place], features: CpuFeatures, *, tier_up: bool
    ) -> dict[Place, FrameLayout]:
        """Where baseline code has its values, see `Unit.frame_layouts`."""
        from seaofnodes.wasm.baseline import baseline_frame_layouts

        return baseline_frame_layouts(
            self.module, index, self.layout, places, type_ids=self.type_ids, tier_up=tier_up, features=features
        )
