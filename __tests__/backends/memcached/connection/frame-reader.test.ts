import fc from 'fast-check';
import { FrameReader } from '../../../../src/backends/memcached/connection/frame-reader.js';
import { Reply } from '../../../../src/backends/memcached/protocol/reply.js';
import { replyBytes } from '../../../support/fake-server.js';

const LIMIT = 100_000;

/** A copy of a reply, which stays valid. */
interface ReplyCopy {
  readonly opaque: number;
  readonly status: number;
  readonly flags: number;
  readonly cas: Uint8Array;
  readonly value: Buffer;
}

const copyOf = ({ opaque, status, flags, cas, value }: Reply): ReplyCopy => ({
  ...{ opaque, status, flags, cas },
  value: Buffer.from(value),
});

/** Reads replies from bytes in pieces. `see` is called with each reply while it is valid. */
function read(
  pieces: readonly Buffer[],
  see: (reply: Reply) => void = () => undefined,
): ReplyCopy[] {
  const reader = new FrameReader(LIMIT);
  const replies: ReplyCopy[] = [];
  for (const piece of pieces) {
    reader.push(piece);
    for (let next = reader.next(); next; next = reader.next()) {
      replies.push(copyOf(next));
      see(next);
    }
  }
  return replies;
}

const cutAt = (bytes: Buffer, cuts: readonly number[]): Buffer[] => {
  const ends = [...new Set([...cuts, bytes.length])].sort((a, b) => a - b);
  return ends.map((end, index) => Buffer.from(bytes.subarray(ends[index - 1] ?? 0, end)));
};

describe('a frame reader', () => {
  const messages = [
    replyBytes({ opaque: 1, value: '' }),
    replyBytes({ opaque: 2, value: 'x'.repeat(300) }),
    replyBytes({ opaque: 3, extrasLength: 0, bodyLength: 0 }).subarray(0, 24),
    replyBytes({ opaque: 4, value: 'last' }),
  ];
  const stream = Buffer.concat(messages);
  const replies = messages.map((message) => copyOf(new Reply(message)));

  test('cuts out the same messages wherever the stream is cut once', () => {
    for (let cut = 0; cut <= stream.length; cut += 1) {
      expect(read(cutAt(stream, [cut]))).toEqual(replies);
    }
  });

  test('cuts out the same messages however the stream is cut into pieces', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(stream.length)), (cuts) => {
        expect(read(cutAt(stream, cuts))).toEqual(replies);
      }),
    );
  });

  test('reads a stream that arrives byte by byte', () => {
    expect(read([...stream].map((byte) => Buffer.of(byte)))).toEqual(replies);
  });

  test('copies a large message that arrives in pieces once', () => {
    const message = replyBytes({ value: Buffer.alloc(90_000, 'v') });
    const copy = jest.spyOn(Buffer.prototype, 'copy');
    read(cutAt(message, [10_000, 20_000, 30_000, 40_000, 50_000, 60_000, 70_000, 80_000]));
    const copied = copy.mock.results.reduce((sum, { value }) => sum + (value as number), 0);
    expect(copied).toBeLessThanOrEqual(message.length + 24);
  });

  test('does not copy messages that arrive whole', () => {
    const chunk = Buffer.concat(messages);
    let count = 0;
    read([chunk], ({ value }) => {
      count += 1;
      expect(value.buffer).toBe(chunk.buffer);
    });
    expect(count).toBe(messages.length);
  });

  test('reuses the assembly buffer for messages that arrive in pieces', () => {
    const rooms = new Set<ArrayBufferLike>();
    const message = replyBytes({ value: 'x'.repeat(300) });
    read(
      [message, message, message].flatMap((each) => cutAt(each, [100])),
      ({ value }) => rooms.add(value.buffer),
    );
    expect(rooms.size).toBe(1);
  });

  test('releases a large assembly buffer when no request is in flight, and keeps a small one', () => {
    const reader = new FrameReader(LIMIT);
    const assemblyFor = (length: number): ArrayBufferLike => {
      const message = replyBytes({ value: 'x'.repeat(length) });
      for (const piece of cutAt(message, [100])) (reader.push(piece), reader.next());
      reader.push(message.subarray(0, 100));
      reader.next();
      reader.push(message.subarray(100));
      const { buffer } = reader.next()!.value;
      reader.releaseAssembly();
      return buffer;
    };
    const small = assemblyFor(300);
    expect(assemblyFor(300)).toBe(small);
    const large = assemblyFor(90_000);
    expect(assemblyFor(300)).not.toBe(large);
  });

  test.each([
    ['another magic byte', replyBytes({ magic: 0x80 }), 'not a reply'],
    ['text', Buffer.from('ERROR\r\n'), 'not a reply'],
    ['a single wrong byte', Buffer.of(0x45), 'not a reply'],
    ['a body of 4 GB', replyBytes({ bodyLength: 0xffff_ffff }), 'a reply of 4294967295 bytes'],
    ['parts longer than the body', replyBytes({ keyLength: 2 }), 'shorter than its parts'],
  ])('throws at %s', (_, bytes, reason) => {
    expect(() => read([bytes])).toThrow(reason);
    expect(() => read([Buffer.concat([stream, bytes])])).toThrow(reason);
    if (bytes.length > 1) expect(() => read(cutAt(bytes, [1]))).toThrow(reason);
  });

  test('waits for the rest of a body at the limit', () => {
    expect(read([replyBytes({ bodyLength: LIMIT })])).toEqual([]);
  });

  test('skips a body that is too large, in whatever pieces, and reads on after it', () => {
    const large = replyBytes({ opaque: 7, value: Buffer.alloc(LIMIT + 1, 0x81) });
    for (const cuts of [[], [5], [24], [30, LIMIT], [24, 25, LIMIT + 20]]) {
      const bytes = Buffer.concat([stream, large, stream]);
      const found = read(
        cutAt(
          bytes,
          cuts.map((cut) => stream.length + cut),
        ),
      );
      const [skipped] = found.splice(replies.length, 1);
      expect(skipped).toMatchObject({ status: 3, opaque: 7, value: Buffer.alloc(0) });
      expect(found).toEqual([...replies, ...replies]);
    }
  });
});
