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
    "ThrowIteratorError",
    "ThrowSymbolIteratorInvalid",
    "ThrowPatternValueNotCoercible",
    "ThrowUnsupportedSuperError",
    "ThrowConstructedNonConstructable",
    "ThrowInvalidPrivateMember",
    "ThrowAccessedUninitializedVariable",
    "ThrowStaticPrototypeError",
    "NewTypeError",
    "NewReferenceError",
    "LoadKeyedFromSuper",
    "StoreToSuper",
    "StoreKeyedToSuper",
    "DeleteSuper",
    "SetPrototype",
    "ThrowMalformedRegExp",
    "DeleteLookupSlot",
    "ThrowConstructorReturnedNonObject",
    "ThrowPrivateGetterMissing",
    "ThrowPrivateSetterMissing",
    "ThrowPrivateMethodWrite",
    "LoadPrivateGetter",
    "LoadPrivateSetter",
    "IsSameObject",
)

INTRINSICS: Final = ("_CopyDataProperties", "_CopyDataPropertiesWithExcludedPropertiesOnStack", "_SetFunctionName")
