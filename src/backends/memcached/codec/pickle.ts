import { CodecError } from '../../../errors.js';
import { parseInteger } from './integer.js';

/**
 * Decodes a pickle of None, a bool, an int, a float or bytes (Python's `pickle`, protocols 0 to 5). Throws
 * a `CodecError` for any other: a pickle is a program, and this function executes none.
 */
export function fromPickle(bytes: Uint8Array): unknown {
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return body[0] === PROTO
    ? fromBinaryPickle(body.subarray(bodyStart(body)))
    : fromTextPickle(body);
}

/** Encodes bytes as a pickle of protocol 3, which Python reads as `bytes`. */
export function pickleBytes(bytes: Uint8Array): Uint8Array {
  const pickle = Buffer.allocUnsafe(bytes.byteLength + 8);
  pickle.set([PROTO, 3, BINBYTES]);
  pickle.writeUInt32LE(bytes.byteLength, 3);
  pickle.set(bytes, 7);
  pickle[pickle.length - 1] = STOP;
  return pickle;
}

// Opcodes, named as in Python's pickletools.
const [PROTO, FRAME, STOP] = [0x80, 0x95, 0x2e];
const [NONE, NEWTRUE, NEWFALSE, BINFLOAT] = [0x4e, 0x88, 0x89, 0x47];
const [BININT1, BININT2, BININT, LONG1] = [0x4b, 0x4d, 0x4a, 0x8a];
const [SHORT_BINBYTES, BINBYTES] = [0x43, 0x42];

const SPECIAL_FLOATS: Readonly<Record<string, number>> = {
  nan: NaN,
  inf: Infinity,
  '-inf': -Infinity,
};

function bodyStart(pickle: Buffer): number {
  return pickle[2] === FRAME ? 11 : 2;
}

function fromTextPickle(pickle: Buffer): unknown {
  const text = pickle.toString('latin1');
  if (text === 'N.') return null;
  if (text === 'I01\n.') return true;
  if (text === 'I00\n.') return false;
  const integer = /^(?:I(-?\d+)|L(-?\d+)L)\n\.$/.exec(text);
  if (integer) return parseInteger(integer[1] ?? integer[2] ?? '');
  const float = /^F(?:(-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)|(nan|-?inf))\n\.$/.exec(text);
  if (float) return float[1] === undefined ? SPECIAL_FLOATS[float[2] ?? ''] : Number(float[1]);
  return refusePickle();
}

function fromBinaryPickle(opcodes: Buffer): unknown {
  switch (opcodes[0]) {
    case NONE:
      return complete(opcodes, 1, null);
    case NEWTRUE:
      return complete(opcodes, 1, true);
    case NEWFALSE:
      return complete(opcodes, 1, false);
    case BININT1:
      return opcodes.length === 3 ? complete(opcodes, 2, opcodes[1]) : refusePickle();
    case BININT2:
      return opcodes.length === 4 ? complete(opcodes, 3, opcodes.readUInt16LE(1)) : refusePickle();
    case BININT:
      return opcodes.length === 6 ? complete(opcodes, 5, opcodes.readInt32LE(1)) : refusePickle();
    case BINFLOAT:
      return opcodes.length === 10 ? complete(opcodes, 9, opcodes.readDoubleBE(1)) : refusePickle();
    case LONG1:
      return complete(opcodes, 2 + (opcodes[1] ?? 0), parseLong(opcodes.subarray(2, -1)));
    case SHORT_BINBYTES:
      return complete(opcodes, 2 + (opcodes[1] ?? 0), new Uint8Array(opcodes.subarray(2, -1)));
    case BINBYTES:
      if (opcodes.length < 6) return refusePickle();
      return complete(
        opcodes,
        5 + opcodes.readUInt32LE(1),
        new Uint8Array(opcodes.subarray(5, -1)),
      );
    default:
      return refusePickle();
  }
}

// Returns the value if its opcodes have this length and STOP follows.
function complete<T>(opcodes: Buffer, length: number, value: T): T {
  return opcodes.length === length + 1 && opcodes[length] === STOP ? value : refusePickle();
}

function parseLong(littleEndian: Buffer): number | bigint {
  if (littleEndian.length === 0) return 0;
  const hex = Buffer.from(littleEndian).reverse().toString('hex');
  return parseInteger(BigInt.asIntN(littleEndian.length * 8, BigInt(`0x${hex}`)).toString());
}

function refusePickle(): never {
  throw new CodecError(
    'cannot be decoded: a pickle of anything but None, a bool, a number or bytes',
  );
}
