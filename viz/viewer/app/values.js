// Constants by value: what they hold, and numbers as somebody writes them.

const bytes = new DataView(new ArrayBuffer(8));
const BITS = { Int32Constant: 32, Int64Constant: 64, Float32Constant: 32, Float64Constant: 64 };

/** {bits: BigInt (words: signed), float: number or undefined} of a numeric constant's operator; else undefined. */
export function valueOf(op) {
  const width = BITS[op.name];
  if (!width) return undefined;
  const bits = BigInt(op.parameters.slice(1, -1));
  if (op.name.startsWith("Int")) return { bits, width };
  if (width === 32) bytes.setUint32(0, Number(bits));
  else bytes.setBigUint64(0, bits);
  return { bits, width, float: width === 32 ? bytes.getFloat32(0) : bytes.getFloat64(0) };
}

/** A number as written: {whole: BigInt} or {float}, undefined if it is none. 42, -1, 0xff, 1.5, 1e9, inf, nan. */
export function numberIn(text) {
  const whole = /^(-?)(0x[0-9a-f]+|\d+)$/i.exec(text);
  if (whole) return { whole: (whole[1] ? -1n : 1n) * BigInt(whole[2]), hex: whole[2].length > 1 && /x/i.test(whole[2]) };
  const named = /^([-+]?)(inf(?:inity)?|nan)$/i.exec(text);
  if (named) return { float: named[2].toLowerCase() === "nan" ? NaN : named[1] === "-" ? -Infinity : Infinity };
  if (/^[-+]?(\d+\.\d*|\.\d+|\d+(?=e))(e[-+]?\d+)?$/i.test(text)) return { float: Number(text) };
  return undefined;
}

/** Does a constant have that value? Words match signed and unsigned; floats also by their bits in hexadecimal. */
export function hasValue(op, number) {
  const value = valueOf(op);
  if (!value) return false;
  const { whole, float } = number;
  if (value.float === undefined) {
    const half = 1n << BigInt(value.width - 1);
    return whole !== undefined && whole >= -half && whole < 2n * half && BigInt.asIntN(value.width, whole) === value.bits;
  }
  if (whole !== undefined && number.hex && whole === value.bits) return true;
  const wanted = whole === undefined ? float : Number(whole);
  return Object.is(value.float, value.width === 32 ? Math.fround(wanted) : wanted) || value.float === wanted;
}
