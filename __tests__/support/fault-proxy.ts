import { connect, createServer, type Server, type Socket } from 'node:net';

/**
 * A fault that a proxy applies to replies. `at` counts the bytes of replies on one connection, from the moment
 * at which the fault was set.
 */
export type Fault =
  | { readonly type: 'none' }
  /** Ends the connection to the client before that byte. */
  | { readonly type: 'cut'; readonly at: number; readonly by: 'FIN' | 'RST' }
  /** Holds back that byte and all after it, until `release`. */
  | { readonly type: 'stall'; readonly at: number }
  /** Hands on a few bytes at a time. */
  | { readonly type: 'dribble'; readonly size: number }
  /** Hands everything on later, in milliseconds. */
  | { readonly type: 'delay'; readonly ms: number }
  /** Swallows requests. */
  | { readonly type: 'blackHole' }
  /** Inverts the bits of that byte. */
  | { readonly type: 'corrupt'; readonly at: number }
  /** Sends these bytes in place of that byte and all after it. */
  | { readonly type: 'garbage'; readonly at: number; readonly bytes: Buffer }
  /** Does any of that which leaves the bytes right, to about one reply in `1 / rate`. */
  | { readonly type: 'random'; readonly random: () => number; readonly rate: number };

const NONE: Fault = { type: 'none' };

/** A TCP proxy in front of a server that can apply network faults to replies. */
export class FaultProxy {
  readonly #server: Server;
  readonly #links = new Set<Link>();
  #fault: Fault = NONE;
  /** Connections accepted so far. */
  accepted = 0;
  /** Faults chosen at random so far. */
  injected = 0;

  private constructor(targetPort: number) {
    this.#server = createServer({ noDelay: true }, (client) => {
      this.accepted += 1;
      const link = new Link(client, targetPort, this);
      this.#links.add(link);
      client.once('close', () => this.#links.delete(link));
    });
  }

  static async start(targetPort: number): Promise<FaultProxy> {
    const proxy = new FaultProxy(targetPort);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get address(): string {
    return `127.0.0.1:${(this.#server.address() as { port: number }).port}`;
  }

  get fault(): Fault {
    return this.#fault;
  }

  /** Applies to open and future connections. Setting it resets their byte counts. */
  set fault(fault: Fault) {
    this.#fault = fault;
    for (const link of this.#links) link.passed = 0;
  }

  /** Number of connected clients. */
  get connections(): number {
    return this.#links.size;
  }

  /** Sends all withheld bytes to clients that are still connected. */
  release(): void {
    for (const link of this.#links) link.release();
  }

  /** Ends every connection. */
  sever(by: 'FIN' | 'RST'): void {
    for (const link of this.#links) link.end(by);
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.sever('RST');
    await closed;
  }
}

/** The connection of one client through a proxy. */
class Link {
  /** Bytes of replies since the fault was set. */
  passed = 0;
  readonly #client: Socket;
  readonly #upstream: Socket;
  readonly #proxy: FaultProxy;
  readonly #timers = new Set<NodeJS.Timeout>();
  #held: Buffer[] | undefined;

  constructor(client: Socket, targetPort: number, proxy: FaultProxy) {
    this.#client = client;
    this.#proxy = proxy;
    this.#upstream = connect({ port: targetPort, host: '127.0.0.1', noDelay: true });
    client.on('data', (bytes) => this.#request(bytes)).on('error', () => undefined);
    client.once('close', () => this.#close());
    this.#upstream.on('data', (bytes) => this.#reply(bytes)).on('error', () => this.end('RST'));
    this.#upstream.once('end', () => this.end('FIN'));
  }

  end(by: 'FIN' | 'RST'): void {
    if (by === 'RST' && !this.#client.destroyed && this.#client.writable) {
      this.#client.resetAndDestroy();
    } else this.#client.end();
    this.#upstream.destroy();
  }

  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const bytes of held) this.#send(bytes);
  }

  #close(): void {
    this.#upstream.destroy();
    this.#client.destroy();
    this.#timers.forEach(clearTimeout);
  }

  #request(bytes: Buffer): void {
    if (this.#proxy.fault.type === 'blackHole') return;
    if (!this.#upstream.destroyed) this.#upstream.write(bytes);
  }

  #reply(bytes: Buffer): void {
    const { fault } = this.#proxy;
    this.#apply(fault.type === 'random' ? this.#choose(fault, bytes.length) : fault, bytes);
    this.passed += bytes.length;
  }

  #apply(fault: Fault, bytes: Buffer): void {
    const at = 'at' in fault ? Math.max(0, fault.at - this.passed) : 0;
    // Bytes behind waiting bytes have to wait too.
    if (this.#held) this.#held.push(bytes);
    else if (fault.type === 'delay') this.#hold(bytes, fault.ms);
    else if (fault.type === 'dribble') this.#dribble(bytes, fault.size);
    else if ('at' in fault && at < bytes.length) this.#spoil(fault, bytes, at);
    else this.#send(bytes);
  }

  #spoil(fault: Fault & { at: number }, bytes: Buffer, at: number): void {
    if (fault.type === 'corrupt') {
      if (fault.at >= this.passed) bytes.writeUInt8(bytes.readUInt8(at) ^ 0xff, at);
      this.#send(bytes);
      return;
    }
    this.#send(bytes.subarray(0, at));
    if (fault.type === 'garbage') this.#send(fault.bytes);
    this.#held = fault.type === 'stall' ? [bytes.subarray(at)] : [];
    // Bytes already sent must arrive: a reset in the same turn would overtake them.
    if (fault.type === 'cut') this.#later(1, () => this.end(fault.by));
  }

  /** Returns a fault for these bytes, or none. */
  #choose({ random, rate }: Fault & { type: 'random' }, length: number): Fault {
    if (this.#held || random() >= rate) return NONE;
    this.#proxy.injected += 1;
    const at = this.passed + Math.floor(random() * length);
    const kind = random();
    if (kind < 0.25) return { type: 'cut', at, by: 'RST' };
    if (kind < 0.5) return { type: 'cut', at, by: 'FIN' };
    if (kind < 0.6) return { type: 'dribble', size: 1 + Math.floor((random() * length) / 10) };
    if (kind < 0.7) return { type: 'delay', ms: Math.floor(random() * 30) };
    // A stall that lasts, or one that ends before or after the client has given up.
    if (kind < 0.9) this.#later(random() * 300, () => this.release());
    return { type: 'stall', at };
  }

  #hold(bytes: Buffer, ms: number): void {
    this.#held = [bytes];
    this.#later(ms, () => this.release());
  }

  /** Sends piece by piece with a pause between: otherwise they would arrive together. */
  #dribble(bytes: Buffer, size: number): void {
    this.#send(bytes.subarray(0, size));
    this.#held = [];
    setImmediate(() => {
      const behind = this.#held ?? [];
      this.#held = undefined;
      if (this.#client.destroyed) return;
      const rest = bytes.subarray(size);
      if (behind.length > 0) this.#dribble(Buffer.concat([rest, ...behind]), size);
      else if (rest.length > 0) this.#dribble(rest, size);
    });
  }

  #later(ms: number, work: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      work();
    }, ms);
    this.#timers.add(timer);
  }

  #send(bytes: Buffer): void {
    if (bytes.length > 0 && !this.#client.destroyed && this.#client.writable) {
      this.#client.write(bytes);
    }
  }
}
