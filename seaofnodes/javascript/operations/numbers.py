"""Numbers as text, under the name by which the library asks for them."""

from seaofnodes.javascript.numbers import (
    WHITE_SPACE as WHITE_SPACE,
    decimal_integer as decimal_integer,
    integer_text as integer_text,
    number_to_text as number_to_text,
    text_to_bigint as text_to_bigint,
    text_to_number as text_to_number,
)
