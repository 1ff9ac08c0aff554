import {
  monotonicNow,
  type Backend,
  type Entry,
  type Leases,
  type FenceToken,
} from '../../src/index.js';
import type { VirtualClock } from './virtual-clock.js';

/** Delays a message: the scheduler of a run. */
export type Delay = (label: string) => Promise<unknown>;
/** Fate of a message: it arrives, is lost, its reply is lost, or it arrives late without a reply. */
export type Fate = 'arrives' | 'lost' | 'unanswered' | 'late';

interface Item {
  readonly entry: Entry;
  readonly expiresAt: number;
  readonly token: FenceToken;
}

/** A simulated memcached, with virtual time if it gets a clock. It keeps exactly the contract of `Leases`. */
export class SimulatedStore {
  readonly #items = new Map<string, Item>();

  constructor(
    readonly clock: Pick<VirtualClock, 'time'> = {
      get time() {
        return monotonicNow();
      },
    },
  ) {}

  get(key: string): Item | undefined {
    const item = this.#items.get(key);
    return item !== undefined && this.clock.time < item.expiresAt ? item : undefined;
  }

  write(key: string, entry: Entry, expiresAt: number): FenceToken {
    const token = {};
    this.#items.set(key, { entry, expiresAt, token });
    return token;
  }

  delete(key: string): void {
    this.#items.delete(key);
  }

  touch(key: string): FenceToken | undefined {
    const item = this.get(key);
    return item && this.write(key, item.entry, item.expiresAt);
  }
}

export interface ConnectOptions {
  readonly delay: Delay;
  readonly fate: (key: string, command: string) => Fate;
  /** Makes fills ignore fences: for the test of the checker. */
  readonly unfenced?: boolean;
  /** Makes a fenced fill report success: for the test of the checker. */
  readonly accepting?: boolean;
}

/** Connects a process to the store: messages arrive in order, and so do replies. */
export function connect(store: SimulatedStore, options: ConnectOptions): Backend {
  const { delay, fate, unfenced = false, accepting = false } = options;
  let requests: Promise<unknown> = Promise.resolve();
  let replies: Promise<unknown> = Promise.resolve();
  const send = <T>(label: string, key: string, command: () => T): Promise<T> => {
    const fated = fate(key, label);
    const arrival = requests.then(() => delay(`${label} arrives`));
    requests = arrival;
    const done = arrival.then(() => {
      if (fated === 'arrives' || fated === 'unanswered') return { result: command() };
      if (fated === 'late') void delay(`${label} arrives late`).then(command);
      return undefined;
    });
    const reply = Promise.all([done, replies]).then(async ([outcome]) => {
      await delay(`${label} is answered`);
      if (fated === 'arrives' && outcome !== undefined) return outcome.result;
      throw new Error(`${label}: ${fated}`);
    });
    replies = reply.catch(() => undefined);
    return reply;
  };
  const placeholder: Entry = { value: undefined, freshUntil: -Infinity, placeholder: true };
  const { clock } = store;
  const isStill = (key: string, token: FenceToken): boolean =>
    unfenced || store.get(key)?.token === token;
  const leases: Leases = {
    acquire: (key, ttl) =>
      send('acquire', key, () =>
        store.get(key) === undefined ? store.write(key, placeholder, clock.time + ttl) : 'held',
      ),
    renew: (key, token, ttl) =>
      send('renew', key, () =>
        isStill(key, token) ? store.write(key, placeholder, clock.time + ttl) : 'fenced',
      ),
    takeOver: (key, ttl) =>
      send('takeOver', key, () => {
        const entry = store.get(key)?.entry;
        if (entry?.placeholder === undefined && entry !== undefined) {
          return { token: store.touch(key)!, placeholder: false };
        }
        return { token: store.write(key, placeholder, clock.time + ttl), placeholder: true };
      }),
    refreshLeaseKey: claimName,
    fill: (key, entry, token) =>
      send('fill', key, () => {
        if (!isStill(key, token)) return accepting ? 'stored' : 'fenced';
        store.write(key, entry, entry.keepUntil ?? entry.freshUntil);
        return 'stored';
      }),
    release: (key, token) =>
      send('release', key, () => {
        if (!isStill(key, token)) return false;
        store.delete(key);
        return true;
      }),
  };
  return {
    name: 'simulated',
    sync: false,
    shared: true,
    deadline: 1_000,
    leases,
    get: (key) =>
      send('get', key, () => {
        const item = store.get(key);
        return item && { ...item.entry, token: item.token };
      }),
    set: (key, entry) =>
      send('set', key, () => void store.write(key, entry, entry.keepUntil ?? entry.freshUntil)),
    delete: (key) =>
      send('delete', key, () => {
        store.delete(key);
      }),
  };
}

const numbers = new WeakMap<FenceToken, number>();
let last = 0;

function claimName(key: string, token: FenceToken): string {
  const number = numbers.get(token) ?? (last += 1);
  numbers.set(token, number);
  return `claim:${number}:${key}`;
}
