import { parse, stringify } from 'devalue';

import { CodecError } from '../../../errors.js';
import { builtinName } from '../../../platform/builtin-classes.js';
import { parseBigint } from './integer.js';
import { errorFrom, errorParts, isNativeError } from './error-parts.js';

/** The text that devalue makes of a value whose form is `'rich'`: JSON in which each object has a number. */
export function devalueText(value: unknown): string {
  return stringify(value, reducers, { operations: { viewInfo } });
}

/** The value that `richText` made into this text. Throws what devalue throws at any other text. */
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
      throw new CodecError('cannot be read: a Buffer of no bytes');
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  },
  Error: errorFrom,
  // devalue's own takes any length of time.
  BigInt: (text: unknown) => parseBigint(String(text)),
};

// A view into a larger buffer must not give away what else is in there.
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
