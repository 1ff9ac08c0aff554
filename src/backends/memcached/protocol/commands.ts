import { memjs } from './memjs.js';
import { HeaderOffset, HEADER_LENGTH, Opcode, Status } from './protocol.js';
import type { Reply } from './reply.js';

/** An item to be stored. */
export interface Item {
  readonly value: Uint8Array;
  /** An unsigned 32-bit word that memcached keeps beside the value. */
  readonly flags: number;
  /** memcached's expiration: seconds from now up to 30 days, above that a Unix time; 0 is for ever. */
  readonly expiry: number;
}

/** An item that was read. */
export interface StoredItem {
  readonly value: Uint8Array;
  readonly flags: number;
  /** 8 bytes that change with each write of the key. */
  readonly cas: Uint8Array;
}

/** A command: its opcode, the statuses that are not failures, and how to read its reply. */
export interface Command<T> {
  readonly name: string;
  readonly opcode: number;
  readonly accepts: readonly number[];
  /** `convert` maps the item of a get to the result. It must not keep the item's value. */
  readonly parse: (reply: Reply, convert?: (item: StoredItem) => unknown) => T;
}

export const GET: Command<unknown> = {
  name: 'get',
  opcode: Opcode.get,
  accepts: [Status.ok, Status.notFound],
  parse: (reply, convert = copyItem) => (isOk(reply) ? convert(reply) : undefined),
};

export const SET: Command<'stored'> = {
  name: 'set',
  opcode: Opcode.set,
  accepts: [Status.ok],
  parse: () => 'stored',
};

/** Set with a CAS. `notFound`: since deleted, evicted or expired. `exists`: since written. */
export const FENCED_SET: Command<'stored' | 'fenced'> = {
  ...SET,
  accepts: [Status.ok, Status.notFound, Status.exists],
  parse: (reply) => (isOk(reply) ? 'stored' : 'fenced'),
};

export const ADD: Command<Uint8Array | undefined> = {
  name: 'add',
  opcode: Opcode.add,
  accepts: [Status.ok, Status.exists],
  parse: newCas,
};

/** `FENCED_SET` that returns the new CAS. */
export const RENEW: Command<Uint8Array | undefined> = { ...FENCED_SET, parse: newCas };

/** Appends nothing, which changes the item's CAS alone. `notStored`: there is no item. */
export const APPEND: Command<Uint8Array | undefined> = {
  name: 'append',
  opcode: Opcode.append,
  accepts: [Status.ok, Status.notStored],
  parse: newCas,
};

export const DELETE: Command<boolean> = {
  name: 'delete',
  opcode: Opcode.delete,
  accepts: [Status.ok, Status.notFound],
  parse: isOk,
};

export const FENCED_DELETE: Command<boolean> = {
  ...DELETE,
  accepts: [Status.ok, Status.notFound, Status.exists],
};

const EMPTY = Buffer.alloc(0);
const ITEM_EXTRAS = 8;

/** Returns the bytes of a request as memjs lays them out, plus the CAS, which memjs does not support. */
export function encode(
  command: Command<unknown>,
  key: string,
  { item, cas }: { item?: Item | undefined; cas?: Uint8Array | undefined },
): Buffer {
  if (command === GET) return encodeGet(key);
  const { opcode } = command;
  const { makeRequestBuffer } = memjs.Utils;
  const blob =
    item === undefined
      ? makeRequestBuffer(opcode, key, EMPTY, EMPTY, 0)
      : makeRequestBuffer(opcode, key, extrasOf(item), asBuffer(item.value), 0);
  if (cas !== undefined) blob.set(cas, HeaderOffset.cas);
  return blob;
}

/** The headers of get requests, by the length of the key in bytes. */
const getRequestHeaders: Buffer[] = [];

/**
 * Get requests with keys of the same length share a header. To lay out each one by memjs would cost half
 * as much as all the rest of a hit.
 */
function encodeGet(key: string): Buffer {
  const length = Buffer.byteLength(key);
  const header = (getRequestHeaders[length] ??= getRequestHeader(length));
  const blob = Buffer.allocUnsafe(HEADER_LENGTH + length);
  blob.set(header);
  blob.write(key, HEADER_LENGTH);
  return blob;
}

function getRequestHeader(keyLength: number): Buffer {
  const request = memjs.Utils.makeRequestBuffer(
    Opcode.get,
    Buffer.alloc(keyLength),
    EMPTY,
    EMPTY,
    0,
  );
  return Buffer.from(request.subarray(0, HEADER_LENGTH));
}

function extrasOf({ flags, expiry }: Item): Buffer {
  const extras = Buffer.allocUnsafe(ITEM_EXTRAS);
  extras.writeUInt32BE(flags, 0);
  extras.writeUInt32BE(expiry, 4);
  return extras;
}

function asBuffer({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

function copyItem({ value, flags, cas }: StoredItem): StoredItem {
  return { value: Uint8Array.from(value), flags, cas };
}

function newCas(reply: Reply): Uint8Array | undefined {
  return isOk(reply) ? reply.cas : undefined;
}

function isOk({ status }: Reply): boolean {
  return status === Status.ok;
}
