import { parse, stringify } from 'devalue';

import { CodecError } from '../../../errors.js';
import { builtinName } from '../../../platform/builtin-classes.js';
import { parseBigint } from './integer.js';
import { errorFrom, errorParts, isNativeError } from './error-parts.js';

/**
 * Serialises a value with the package devalue, to JSON in which parts refer to each other by number. The
 * value's `losslessForm` must be `'devalue'`.
 */
export function devalueText(value: unknown): string {
  return stringify(value, reducers, { operations: { viewInfo } });
}

/** Inverse of `devalueText`. Throws devalue's error or a `CodecError` for any other string. */
export function fromDevalueText(text: string): unknown {
  return parse(text, revivers) as unknown;
}

const reducers = {
  Buffer: (value: unknown) => isBuffer(value) && new Uint8Array(value),
  Error: (value: unknown) => isNativeError(value) && errorParts(value),
};

const revivers = {
  Buffer: (bytes: unknown) => {
    if (!(bytes instanceof Uint8Array))
      throw new CodecError('cannot be decoded: a Buffer without bytes');
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  },
  Error: errorFrom,
  // devalue's own reviver has no bound on the number of digits, nor on the time.
  BigInt: (text: unknown) => parseBigint(String(text)),
};

// A view into a larger buffer must not disclose the rest of that buffer.
function viewInfo(view: ArrayBufferView) {
  const { byteOffset, byteLength } = view;
  const buffer =
    byteLength === view.buffer.byteLength
      ? view.buffer
      : view.buffer.slice(byteOffset, byteOffset + byteLength);
  const length = 'length' in view ? (view.length as number) : byteLength;
  return { buffer, byteOffset: 0, byteLength, length, bufferByteLength: byteLength };
}

function isBuffer(value: unknown): value is Uint8Array {
  return typeof value === 'object' && value !== null && builtinName(value) === 'Buffer';
}
