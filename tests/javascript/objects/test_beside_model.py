"""Random programs of property operations, beside a model."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from seaofnodes.javascript.objects import factory, properties
from seaofnodes.javascript.objects.isolate import Isolate
from seaofnodes.javascript.objects.kinds import ElementsKind, Kind
from seaofnodes.javascript.objects.layout import HOLE_NAN, OBJECT_ELEMENTS
from seaofnodes.javascript.objects.methods.elements import array_length
from seaofnodes.javascript.objects.properties import Property
from seaofnodes.javascript.objects.words import Key, is_smi
from tests.javascript.objects.model import ABSENT, ArrayModel, Descriptor, Model, Name
from tests.javascript.objects.support import BareIsolate

NAMES = ["a", "b", "c", "dd", "eee", "length", "0x", "-1", "4294967295", ("@", "s"), ("@", "t")]
LIVE = 9
INDICES = [*range(10), 40, 1500, 2**32 - 2]


class Pair:
    """The same objects twice, and operations on both. Attributes: models, words: by number."""

    def __init__(self, random: Random, *, stress: bool) -> None:
        self.random = random
        self.bare = BareIsolate(stress=stress)
        self.iso = iso = self.bare.iso
        self.symbols = {text: iso.pin(iso.symbol(text)) for text in "st"}
        self.models: list[Model] = []
        self.words: list[int] = []
        self.log: list[Any] = []
        self.getters = [self._getter(i) for i in range(3)]
        self.setters = [self._setter(i) for i in range(3)]
        for _ in range(LIVE):
            self.add()
        del iso.held[:]

    def add(self) -> None:
        """A new object or array, often in place of one that nothing happens to any more."""
        iso, random = self.iso, self.random
        above = random.choice([None, *self.live()])
        prototype = iso.null if above is None else self.word_of(above)
        if random.random() < 0.5:
            self.models.append(Model(above))
            self.words.append(iso.pin(factory.new_object(iso, prototype, random.randrange(5))))
            return
        model = ArrayModel(above)
        values = [self.value() for _ in range(random.randrange(4))]
        words = []
        for i, value in enumerate(values):
            model.define_own(i, Descriptor(value, ABSENT, ABSENT, True, True, True))
            words.append(self.word_of(value))
        self.models.append(model)
        self.words.append(iso.pin(factory.new_array(iso, words, prototype)))

    def live(self) -> list[Model]:
        """Those that something happens to."""
        return self.models[-LIVE:]

    def _getter(self, i: int) -> tuple[Any, int]:
        def model(receiver: Model) -> str:
            return f"{i} of {self.models.index(receiver)}"

        def real(iso: Any, this: int, arguments: list[int], new_target: int) -> int:
            return self.iso.string(f"{i} of {self.words.index(this)}")

        return model, self.iso.pin(factory.new_builtin(self.iso, "get", 0, real))

    def _setter(self, i: int) -> tuple[Any, int]:
        def model(receiver: Model, value: Any) -> None:
            self.log.append((i, self.models.index(receiver), value))

        def real(iso: Any, this: int, arguments: list[int], new_target: int) -> int:
            expected = self.log.pop()
            assert expected[:2] == (i, self.words.index(this))
            self.compare(expected[2], arguments[0])
            return self.iso.undefined

        return model, self.iso.pin(factory.new_builtin(self.iso, "set", 1, real))

    def word_of(self, value: Any) -> int:
        """A value of the model as a word."""
        iso = self.iso
        if value is None:
            return iso.undefined
        if isinstance(value, bool):
            return iso.boolean(value)
        if isinstance(value, int | float):
            return iso.number(value)
        if isinstance(value, str):
            return iso.string(value)
        if isinstance(value, Model):
            return self.words[self.models.index(value)]
        return next(word for model, word in self.getters + self.setters if model is value)

    def compare(self, value: Any, word: int) -> None:
        """Is it the same value?"""
        iso = self.iso
        if isinstance(value, str):
            assert iso.text(word) == value
        elif isinstance(value, int | float) and not isinstance(value, bool):
            assert iso.is_number(word)
            assert iso.float_of(word) == value
        else:
            assert word == self.word_of(value)

    def key_of(self, name: Name) -> Key:
        """A name of the model as a key."""
        if isinstance(name, int):
            return ~name
        return self.symbols[name[1]] if isinstance(name, tuple) else self.bare.key(name)

    def value(self) -> Any:
        """Some value; kinds of elements change often, but not always."""
        choice = self.random.random()
        if choice < 0.4:
            return self.random.randrange(-3, 9)
        if choice < 0.6:
            return self.random.choice([0.5, 1e10, -2.25])
        if choice < 0.8:
            return self.random.choice(["x", "some longer text", "Ω"])
        return self.random.choice([None, *self.live()])

    def descriptor(self, *, length: bool) -> Descriptor:
        """Some descriptor, often an incomplete one."""
        random = self.random
        found = Descriptor()
        if random.random() < 0.7 or length:
            if random.random() < 0.8:
                found.value = random.randrange(12) if length else self.value()
            if random.random() < 0.5:
                found.writable = random.random() < 0.7
        else:
            if random.random() < 0.8:
                found.get = random.choice([None, *(model for model, _ in self.getters)])
            if random.random() < 0.5:
                found.set = random.choice([None, *(model for model, _ in self.setters)])
        if random.random() < 0.5:
            found.enumerable = random.random() < 0.7
        if random.random() < 0.6:
            found.configurable = random.random() < 0.8
        return found

    def property_of(self, wanted: Descriptor) -> Property:
        """The same as Python's face of a descriptor."""
        fields = wanted.present()
        for name in ("value", "get", "set"):
            if name in fields:
                fields[name] = self.word_of(fields[name])
                self.iso.held.append(fields[name])
        return Property(**fields)

    def step(self) -> None:
        """One operation on both."""
        iso, random = self.iso, self.random
        at = len(self.models) - 1 - random.randrange(LIVE)
        model, word = self.models[at], self.words[at]
        name = random.choice(NAMES) if random.random() < 0.5 else random.choice(INDICES)
        key = self.key_of(name)
        if key >= 0:
            iso.held.append(key)
        what = random.random()
        is_length = name == "length" and isinstance(model, ArrayModel)
        if what < 0.25:
            value = random.randrange(12) if is_length else self.value()
            to = len(self.models) - 1 - random.randrange(LIVE) if random.random() < 0.15 else at
            if name == "length":
                to = at
            expected = model.set(name, value, self.models[to])
            assert properties.set_(iso, word, key, self.word_of(value), self.words[to]) == expected
            assert not self.log
        elif what < 0.45:
            wanted = self.descriptor(length=is_length)
            expected = model.define_own(name, wanted)
            assert properties.define_own(iso, word, key, self.property_of(wanted)) == expected
        elif what < 0.5 and not is_length:
            value = self.value()
            expected = model.define_own(name, Descriptor(value, ABSENT, ABSENT, True, True, True))
            assert properties.create_data(iso, word, key, self.word_of(value)) == expected
        elif what < 0.62:
            to = len(self.models) - 1 - random.randrange(LIVE) if random.random() < 0.2 else at
            self.compare(model.get(name, self.models[to]), properties.get(iso, word, key, self.words[to]))
        elif what < 0.67:
            assert properties.has(iso, word, key) == model.has(name)
        elif what < 0.85:
            assert properties.delete(iso, word, key) == model.delete(name)
        elif what < 0.95:
            above = random.choice([None, *self.live()])
            expected = model.set_prototype(above)
            assert properties.set_prototype(iso, word, self.word_of(above) if above else iso.null) == expected
        elif what < 0.96:
            self.add()
        elif what < 0.97:
            assert properties.prevent_extensions(iso, word) == model.prevent_extensions()
        else:
            self.check(at)
        del iso.held[:]

    def check(self, at: int) -> None:
        """Are an object's own properties the same?"""
        iso, model, word = self.iso, self.models[at], self.words[at]
        names = model.own_keys()
        assert properties.own_keys(iso, word) == [self.key_of(name) for name in names]
        for name in names:
            found = properties.get_own(iso, word, self.key_of(name))
            expected = model.get_own(name)
            assert found is not None
            assert expected is not None
            assert (found.enumerable, found.configurable) == (expected.enumerable, expected.configurable)
            if expected.is_accessor:
                assert (found.get, found.set) == (self.word_of(expected.get), self.word_of(expected.set))
            else:
                assert found.value is not None
                assert found.writable == expected.writable
                self.compare(expected.value, found.value)
        assert properties.is_extensible(iso, word) == model.extensible
        above = iso.null if model.prototype is None else self.word_of(model.prototype)
        assert properties.get_prototype(iso, word) == above
        check_elements(iso, word)
        if iso.kind(word) == Kind.JS_ARRAY:
            assert iso.float_of(properties.get(iso, word, iso.length_key)) == model.properties["length"].value


def check_elements(iso: Isolate, word: int) -> None:
    """Are the elements as their kind says?"""
    kind = iso.shape(word).elements_kind
    if kind == ElementsKind.DICTIONARY:
        return
    words = iso.memory.words(iso.memory.raw(word, OBJECT_ELEMENTS))
    doubles = kind in (ElementsKind.PACKED_DOUBLE, ElementsKind.HOLEY_DOUBLE)
    present = [found != (HOLE_NAN if doubles else iso.hole) for found in words]
    if kind <= ElementsKind.HOLEY_SMI:
        assert all(is_smi(found) for found, there in zip(words, present, strict=True) if there)
    if iso.kind(word) == Kind.JS_ARRAY:
        length = array_length(iso, word)
        assert not any(present[length:])
        if not kind & 1:
            assert len(words) >= length
            assert all(present[:length])


@pytest.mark.parametrize("seed", range(12))
def test_beside_model(seed: int) -> None:
    pair = Pair(Random(seed), stress=False)
    for _ in range(2500):
        pair.step()
    for at in range(len(pair.models)):
        pair.check(at)


@pytest.mark.parametrize("seed", range(100, 103))
def test_beside_model_with_collections_everywhere(seed: int) -> None:
    pair = Pair(Random(seed), stress=True)
    for _ in range(400):
        pair.step()
    for at in range(len(pair.models)):
        pair.check(at)
