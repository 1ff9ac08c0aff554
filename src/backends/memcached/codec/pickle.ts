import { CodecError } from '../../../errors.js';
import { integerFrom } from './integer.js';

/**
 * Reads the pickles of None, bool, int, float and bytes (Python's `pickle`, protocols 0 to 5), and throws
 * a CodecError at every other: a pickle is a program, and this one runs none.
 */
export function fromPickle(bytes: Uint8Array): unknown {
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return body[0] === PROTO ? fromOpcode(body.subarray(bodyStart(body))) : fromOldPickle(body);
}

/** The pickle, of protocol 3, that Python reads as these `bytes`. */
export function bytesPickle(bytes: Uint8Array): Uint8Array {
  const pickle = Buffer.allocUnsafe(bytes.byteLength + 8);
  pickle.set([PROTO, 3, BINBYTES]);
  pickle.writeUInt32LE(bytes.byteLength, 3);
  pickle.set(bytes, 7);
  pickle[pickle.length - 1] = STOP;
  return pickle;
}

const [PROTO, FRAME, STOP] = [0x80, 0x95, 0x2e];
const [NONE, NEWTRUE, NEWFALSE, BINFLOAT] = [0x4e, 0x88, 0x89, 0x47];
const [BININT1, BININT2, BININT, LONG1] = [0x4b, 0x4d, 0x4a, 0x8a];
const [SHORT_BINBYTES, BINBYTES] = [0x43, 0x42];

const special: Readonly<Record<string, number>> = { nan: NaN, inf: Infinity, '-inf': -Infinity };

function bodyStart(pickle: Buffer): number {
  return pickle[2] === FRAME ? 11 : 2;
}

function fromOldPickle(pickle: Buffer): unknown {
  const text = pickle.toString('latin1');
  if (text === 'N.') return null;
  if (text === 'I01\n.') return true;
  if (text === 'I00\n.') return false;
  const integer = /^(?:I(-?\d+)|L(-?\d+)L)\n\.$/.exec(text);
  if (integer) return integerFrom(integer[1] ?? integer[2] ?? '');
  const float = /^F(?:(-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)|(nan|-?inf))\n\.$/.exec(text);
  if (float) return float[1] === undefined ? special[float[2] ?? ''] : Number(float[1]);
  return refuse();
}

function fromOpcode(op: Buffer): unknown {
  switch (op[0]) {
    case NONE:
      return whole(op, 1, null);
    case NEWTRUE:
      return whole(op, 1, true);
    case NEWFALSE:
      return whole(op, 1, false);
    case BININT1:
      return op.length === 3 ? whole(op, 2, op[1]) : refuse();
    case BININT2:
      return op.length === 4 ? whole(op, 3, op.readUInt16LE(1)) : refuse();
    case BININT:
      return op.length === 6 ? whole(op, 5, op.readInt32LE(1)) : refuse();
    case BINFLOAT:
      return op.length === 10 ? whole(op, 9, op.readDoubleBE(1)) : refuse();
    case LONG1:
      return whole(op, 2 + (op[1] ?? 0), longFrom(op.subarray(2, -1)));
    case SHORT_BINBYTES:
      return whole(op, 2 + (op[1] ?? 0), new Uint8Array(op.subarray(2, -1)));
    case BINBYTES:
      if (op.length < 6) return refuse();
      return whole(op, 5 + op.readUInt32LE(1), new Uint8Array(op.subarray(5, -1)));
    default:
      return refuse();
  }
}

// The value, if what makes it is followed by the end of the pickle.
function whole<T>(op: Buffer, length: number, value: T): T {
  return op.length === length + 1 && op[length] === STOP ? value : refuse();
}

function longFrom(littleEndian: Buffer): number | bigint {
  if (littleEndian.length === 0) return 0;
  const hex = Buffer.from(littleEndian).reverse().toString('hex');
  return integerFrom(BigInt.asIntN(littleEndian.length * 8, BigInt(`0x${hex}`)).toString());
}

function refuse(): never {
  throw new CodecError('cannot be read: a pickle of something else than a number, a bool or bytes');
}
