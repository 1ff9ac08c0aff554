import { memjs } from './memjs.js';
import { HeaderOffset, HEADER_LENGTH, Opcode, Status } from './protocol.js';
import type { Reply } from './reply.js';

/** What memcached is to keep. */
export interface Item {
  readonly value: Uint8Array;
  /** An unsigned 32-bit word that memcached keeps beside the value. */
  readonly flags: number;
  /** As memcached takes it: seconds from now up to 30 days, beyond that a Unix time, 0 for ever. */
  readonly expiry: number;
}

/** What memcached has kept. */
export interface StoredItem {
  readonly value: Uint8Array;
  readonly flags: number;
  /** 8 bytes that change with each write of the key. */
  readonly cas: Uint8Array;
}

/** A command: what is sent, which statuses are no failure, and what an answer means. */
export interface Command<T> {
  readonly name: string;
  readonly opcode: number;
  readonly accepts: readonly number[];
  /** `as` turns an item into what is wanted of it. The item's value may be used until it returns. */
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

/** Not found: deleted, evicted or expired meanwhile. Exists: written meanwhile. */
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

/** `FENCED_SET` that answers the new CAS. */
export const RENEW: Command<Uint8Array | undefined> = { ...FENCED_SET, parse: newCas };

/** Of nothing: gives the item another CAS and changes nothing else. Not stored: there is none. */
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

/** A command's bytes. memjs lays them out; the CAS, which it does not know, is put in afterwards. */
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

/** The headers of gets, by the length of the key. */
const getRequestHeaders: Buffer[] = [];

/**
 * To lay out a get costs memjs half as much as all the rest of a hit. But gets whose keys have one length
 * differ in the key alone, so that one of them can be the pattern of all.
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
