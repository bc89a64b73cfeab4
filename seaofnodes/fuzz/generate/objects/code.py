"""Random objects, and what is done with them: fields and elements, casts, conversions."""

from __future__ import annotations

from seaofnodes.fuzz.generate.objects.types import is_object
from seaofnodes.fuzz.generate.references import References
from seaofnodes.wasm import opcodes as w
from seaofnodes.wasm.module import PASSIVE
from seaofnodes.wasm.opcodes import Cast
from seaofnodes.wasm.subtyping import has_default, heap_matches, matches
from seaofnodes.wasm.types import (
    ANY,
    EQ,
    EXTERNREF,
    I31,
    I32,
    ArrayType,
    DefinedType,
    FieldType,
    FuncType,
    HeapType,
    RefType,
    StructType,
    ValType,
    reference,
)

_LENGTHS = (0, 1, 4, 4, 4, 5, 8, 16)
ANYREF, EQREF, I31REF = reference(ANY, True), reference(EQ, True), reference(I31, True)


class Objects(References):
    """Values and statements. References to objects may be null, unless it says otherwise."""

    def reference(self, kind: RefType, depth: int) -> None:
        if not is_object(kind):
            super().reference(kind, depth)
            return
        if not kind.nullable:
            self.object(kind.heap, depth)
            return
        way = self.rng.random()
        if depth <= 0 or self.is_tight():
            self._simple(kind)
        elif way < 0.1:
            self.reference(kind, depth - 1)
            self.reference(kind, depth - 1)
            self.value(I32, 1)
            self.emit(w.SELECT_T, (kind,))
        elif way < 0.3:
            self._simple(kind)
        elif way < 0.4 and (tables := self.tables_of(kind)):
            table = self.rng.choice(tables)
            self.table_index(table)
            self.emit(w.TABLE_GET, table)
        elif way < 0.55 and self._read(kind, depth):
            pass
        elif way < 0.62:
            self._cast(kind, depth)
        elif way < 0.68 and kind.heap is ANY and self.world.profile.references:
            self.reference(EXTERNREF, depth - 1)
            self.emit(w.ANY_CONVERT_EXTERN)
        elif way < 0.72 and kind.heap is ANY:
            self.reference(kind, depth - 1)
            self.emit(w.EXTERN_CONVERT_ANY)
            self.emit(w.ANY_CONVERT_EXTERN)
        elif way < 0.97 and self._can_make(kind.heap):
            self._make(kind.heap, depth)
        else:
            self.constant(kind)

    def _simple(self, kind: RefType) -> None:
        """A local of the type or of a subtype, a global, or null."""
        locals = [local for other, found in self.readable.items() if matches(other, kind) for local in found]
        if locals and self.chance(0.7):
            self.emit(w.LOCAL_GET, self.rng.choice(locals))
        elif self.world.globals.get(kind) and self.chance(0.5):
            self.emit(w.GLOBAL_GET, self.rng.choice(self.world.globals[kind]))
        else:
            self.constant(kind)

    # Making objects.

    def _below(self, heap: HeapType | DefinedType) -> list[DefinedType]:
        """The struct and array types that are subtypes of a heap type."""
        return [kind for kind in self.world.objects if heap_matches(kind, heap)]

    def _can_make(self, heap: HeapType | DefinedType) -> bool:
        return heap in (ANY, EQ, I31) or bool(self._below(heap))

    def _make(self, heap: HeapType | DefinedType, depth: int) -> None:
        """A new object; not null."""
        below = self._below(heap)
        if heap is I31 or not below or (heap in (ANY, EQ) and self.chance(0.3)):
            self.value(I32, 1)
            self.emit(w.REF_I31)
            return
        kind = self.rng.choice(below)
        if isinstance(kind, StructType):
            self._make_struct(kind, depth)
        elif isinstance(kind, ArrayType):
            self._make_array(kind, depth)

    def _make_struct(self, kind: StructType, depth: int) -> None:
        index = self.world.draft.type_index(kind)
        if all(has_default(field.type) for field in kind.fields) and self.chance(0.25):
            self.emit(w.STRUCT_NEW_DEFAULT, index)
            return
        for field in kind.fields:
            self.value(field.unpacked, depth - 1)
        self.emit(w.STRUCT_NEW, index)

    def _make_array(self, kind: ArrayType, depth: int) -> None:
        index = self.world.draft.type_index(kind)
        element = kind.element
        ways = ["new", "fixed", "fixed"]
        ways += ["default"] * has_default(element.type)
        if not element.type.is_reference:
            ways += ["data"] * bool(self.world.draft.data)
        elif segments := self._segments_for(element):
            ways.append("elem")
        way = self.rng.choice(ways)
        if way == "fixed":
            count = self.rng.choice((0, 1, 2, 4, 4))
            for _ in range(count):
                self.value(element.unpacked, min(depth, 1) - 1)
            self.emit(w.ARRAY_NEW_FIXED, (index, count))
            return
        if way in ("new", "default"):
            if way == "new":
                self.value(element.unpacked, depth - 1)
            self._array_length()
            self.emit(w.ARRAY_NEW if way == "new" else w.ARRAY_NEW_DEFAULT, index)
        elif way == "data":
            self.emit(w.ARRAY_NEW_DATA, (index, self._data_part(element)))
        else:
            self.emit(w.ARRAY_NEW_ELEM, (index, self._elements_part(segments)))

    def _array_length(self) -> None:
        """Of a new array."""
        if self.chance(0.7):
            self.constant(I32, self.rng.choice(_LENGTHS))
        else:
            self.value(I32, 1)
            self.constant(I32, 15)
            self.emit(w.I32_AND)

    def _segments_for(self, element: FieldType) -> list[int]:
        return [i for i, one in enumerate(self.world.draft.elements) if matches(one.type, element.type)]

    def _data_part(self, element: FieldType) -> int:
        """A start and a length, mostly within a data segment; gives its index."""
        data = self.world.draft.data
        number = self.rng.randrange(len(data))
        size = len(data[number].data) if data[number].mode == PASSIVE else 0
        start = self.rng.randint(0, min(size, 8))
        self._part(start, (size - start) // (element.type.bits // 8))
        return number

    def _elements_part(self, segments: list[int]) -> int:
        number = self.rng.choice(segments)
        segment = self.world.draft.elements[number]
        size = len(segment) if segment.mode == PASSIVE else 0
        start = self.rng.randint(0, size)
        self._part(start, size - start)
        return number

    def _part(self, start: int, most: int) -> None:
        wild = self.chance(self.profile.wild)
        self.constant(I32, start)
        self.constant(I32, self.rng.randint(0, 40) if wild else self.rng.randint(0, min(most, 20)))

    # Using objects.

    def object(self, heap: HeapType | DefinedType, depth: int) -> None:
        """A reference that is mostly not null; seldom one that may be. Its type is nullable only then."""
        kind = reference(heap, True)
        if self.is_tight() or not self.chance(0.5):
            self._make(heap, depth)
            return
        local = self.new_local(kind)
        self.reference(kind, depth)
        self.emit(w.LOCAL_SET, local)
        self._make(heap, 0)
        self.emit(w.LOCAL_GET, local)
        self.emit(w.LOCAL_GET, local)
        self.emit(w.REF_IS_NULL)
        self.emit(w.SELECT_T, (kind,))
        if self.chance(0.5):
            self.emit(w.REF_AS_NON_NULL)
        else:
            self.emit(w.REF_CAST, reference(heap, False))

    def _accessed(self, kind: DefinedType, depth: int) -> None:
        """What a field or an element is accessed of."""
        if self.chance(self.profile.wild):
            self.reference(reference(kind, True), depth)
        else:
            self.object(kind, depth)

    def _element_index(self) -> None:
        """Of an element; mostly in bounds, where arrays have four."""
        if self.chance(self.profile.wild):
            self.value(I32, 1)
        elif self.chance(0.6):
            self.constant(I32, self.rng.choice((0, 0, 0, 1, 1, 2, 3)))
        else:
            self.value(I32, 1)
            self.constant(I32, self.rng.choice((1, 3)))
            self.emit(w.I32_AND)

    def _read(self, kind: ValType, depth: int) -> bool:
        """A field or an element of that type, if some object has one."""
        found: list[tuple[DefinedType, int]] = []
        for one in self.world.objects:
            if isinstance(one, StructType):
                found += [(one, i) for i, field in enumerate(one.fields) if matches(field.unpacked, kind)]
            elif isinstance(one, ArrayType) and matches(one.element.unpacked, kind):
                found.append((one, -1))
        if not found:
            return False
        one, number = self.rng.choice(found)
        index = self.world.draft.type_index(one)
        self._accessed(one, depth - 1)
        if isinstance(one, StructType):
            get = w.STRUCT_GET + (self.rng.choice((1, 2)) if one.fields[number].is_packed else 0)
            self.emit(get, (index, number))
        elif isinstance(one, ArrayType):
            self._element_index()
            self.emit(w.ARRAY_GET + (self.rng.choice((1, 2)) if one.element.is_packed else 0), index)
        return True

    def read_object(self, kind: ValType, depth: int) -> None:
        """A number out of an object."""
        if not self._read(kind, depth):
            self.leaf(kind)

    def ask_object(self, kind: ValType, depth: int) -> None:
        """A number that says something of an object."""
        if kind is not I32 or not self.world.objects:
            self.leaf(kind)
            return
        way = self.rng.randrange(4)
        if way == 0:
            arrays = [one for one in self.world.objects if isinstance(one, ArrayType)]
            self._accessed(self.rng.choice(arrays), depth)
            self.emit(w.ARRAY_LEN)
        elif way == 1:
            self.reference(EQREF, depth)
            self.reference(EQREF, depth)
            self.emit(w.REF_EQ)
        elif way == 2:
            self.value(I32, depth)
            self.emit(w.REF_I31)
            if self.chance(0.5):
                self.reference(I31REF, depth)
                self.reference(I31REF, depth)
                self.emit(w.REF_IS_NULL)
                self.emit(w.SELECT_T, (I31REF,))
            self.emit(self.rng.choice((w.I31_GET_S, w.I31_GET_U)))
        else:
            self.reference(self._asked(), depth)
            target = self._one_below(ANYREF)
            self.emit(w.REF_TEST_NULL if target.nullable else w.REF_TEST, target)

    def _asked(self) -> RefType:
        kinds = [kind for kind in self.world.kinds if is_object(kind)]
        return self.rng.choice(kinds or [ANYREF])

    def _one_below(self, kind: RefType) -> RefType:
        """A type that references of that type may be cast to."""
        heaps: list[HeapType | DefinedType] = [kind.heap, *self._below(kind.heap)]
        heaps += [heap for heap in (EQ, I31) if heap_matches(heap, kind.heap)]
        return reference(self.rng.choice(heaps), self.chance(0.4))

    def _cast(self, kind: RefType, depth: int) -> None:
        """Of something that is of that type, where it may look like less; seldom of anything."""
        if self.chance(self.profile.wild):
            self.reference(ANYREF, depth - 1)
        else:
            self.reference(reference(self._one_below(kind).heap, True) if self.chance(0.5) else kind, depth - 1)
            self.emit(w.EXTERN_CONVERT_ANY)
            self.emit(w.ANY_CONVERT_EXTERN)
        self.emit(w.REF_CAST_NULL, kind)

    def set_object(self, depth: int) -> None:
        """A statement that writes into an object."""
        found: list[tuple[DefinedType, int]] = []
        for one in self.world.objects:
            if isinstance(one, StructType):
                found += [(one, i) for i, field in enumerate(one.fields) if field.mutable]
            elif isinstance(one, ArrayType) and one.element.mutable:
                found += [(one, -1)] * 2
        if not found:
            self.assign(depth)
            return
        one, number = self.rng.choice(found)
        if isinstance(one, StructType):
            self._accessed(one, 2)
            self.value(one.fields[number].unpacked, 2)
            self.emit(w.STRUCT_SET, (self.world.draft.type_index(one), number))
        elif isinstance(one, ArrayType):
            self._set_elements(one)

    def _set_elements(self, kind: ArrayType) -> None:
        index, element = self.world.draft.type_index(kind), kind.element
        segments = self._segments_for(element) if element.type.is_reference else []
        ways = ["set", "set", "fill", "copy"]
        ways += ["data"] * (bool(self.world.draft.data) and not element.type.is_reference) + ["elem"] * bool(segments)
        way = self.rng.choice(ways)
        self._accessed(kind, 2)
        self._element_index()
        if way in ("set", "fill"):
            self.value(element.unpacked, 2)
            if way == "fill":
                self.constant(I32, self.rng.choice((0, 1, 1, 2)))
            self.emit(w.ARRAY_SET if way == "set" else w.ARRAY_FILL, index)
        elif way == "copy":
            arrays = [one for one in self.world.objects if isinstance(one, ArrayType)]
            source = self.rng.choice([one for one in arrays if matches(one.element.type, element.type)])
            self.object(source, 2)  # not null: wasmtime asks that after the bounds
            self._element_index()
            self.constant(I32, self.rng.choice((0, 1, 1, 2)))
            self.emit(w.ARRAY_COPY, (index, self.world.draft.type_index(source)))
        elif way == "data":
            self.emit(w.ARRAY_INIT_DATA, (index, self._data_part(element)))
        else:
            self.emit(w.ARRAY_INIT_ELEM, (index, self._elements_part(segments)))

    def branch_on_cast(self, depth: int) -> None:
        """Out of a block, with what is of a type, or with what is not."""
        if not self.world.objects:
            self.assign(depth)
            return
        source = self._asked()
        target = self._one_below(source)
        if self.chance(0.5):
            self.emit(w.BLOCK, FuncType((), (target,)))
            self.reference(source, 2)
            self.emit(w.BR_ON_CAST, Cast(0, source, target))
            self.keep((source,))
            self.leave_function()
            self.emit(w.END)
            self.keep((reference(target.heap, True),))
        else:
            self.emit(w.BLOCK, FuncType((), (source,)))
            self.reference(source, 2)
            self.emit(w.BR_ON_CAST_FAIL, Cast(0, source, target))
            self.keep((reference(target.heap, True),))
            self.constant(source)
            self.emit(w.END)
            self.keep((source,))

