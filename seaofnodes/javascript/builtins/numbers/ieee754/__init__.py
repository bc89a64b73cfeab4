"""Elementary functions over doubles, with the results of V8 to the last bit.

The methods and coefficients are those of fdlibm, which V8's ieee754 functions go back to; Python's own functions
differ from them in the last bit. All functions take and return Python floats and never raise.
"""
