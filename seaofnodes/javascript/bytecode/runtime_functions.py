"""Functions of the runtime that bytecode calls, with V8's names; the order is ours."""

from __future__ import annotations

from typing import Final

RUNTIME: Final = (
    "DeclareGlobals",
    "DefineClass",
    "CreatePrivateNameSymbol",
    "CreatePrivateBrandSymbol",
    "CreatePrivateAccessors",
    "DefineGetterPropertyUnchecked",
    "DefineSetterPropertyUnchecked",
    "ThrowConstAssignError",
    "ThrowIteratorResultNotAnObject",
    "ThrowPatternValueNotCoercible",
    "ThrowUnsupportedSuperError",
    "ThrowInvalidPrivateMember",
    "NewReferenceError",
    "LoadKeyedFromSuper",
    "StoreToSuper",
    "StoreKeyedToSuper",
    "SetPrototype",
    "DeleteLookupSlot",
    "ThrowPrivateGetterMissing",
    "ThrowPrivateSetterMissing",
    "ThrowPrivateMethodWrite",
    "LoadPrivateGetter",
    "LoadPrivateSetter",
    "IsSameObject",
    "ResolvePossiblyDirectEval",
)

INTRINSICS: Final = ("_CopyDataProperties", "_CopyDataPropertiesWithExcludedPropertiesOnStack")
