/** Length in bytes of the header of a message of memcached's binary protocol. */
export const HEADER_LENGTH = 24;

/** Offsets in bytes of the fields of a header. */
export const HeaderOffset = {
  opcode: 1,
  keyLength: 2,
  extrasLength: 4,
  status: 6,
  bodyLength: 8,
  opaque: 12,
  cas: 16,
} as const;

/** The commands of the binary protocol that are sent. */
export const Opcode = {
  get: 0x00,
  set: 0x01,
  add: 0x02,
  delete: 0x04,
  append: 0x0e,
  /** GETQ: a get that is answered only if there is an item. */
  quietGet: 0x09,
  /** SASL authentication. */
  login: 0x21,
} as const;

/** The statuses of a reply that the client tells apart. */
export const Status = {
  ok: 0x00,
  notFound: 0x01,
  exists: 0x02,
  tooLarge: 0x03,
  notStored: 0x05,
} as const;

const STATUS_TEXTS: Readonly<Record<number, string>> = {
  0x01: 'key not found',
  0x02: 'key exists',
  0x03: 'value too large',
  0x04: 'invalid arguments',
  0x05: 'item not stored',
  0x20: 'authentication failed',
  0x81: 'unknown command',
  0x82: 'out of memory',
  0x83: 'not supported',
  0x84: 'internal error',
  0x85: 'busy',
  0x86: 'temporary failure',
};

/** Returns a description of a status for messages. */
export function statusText(status: number): string {
  return STATUS_TEXTS[status] ?? `status 0x${status.toString(16).padStart(2, '0')}`;
}
