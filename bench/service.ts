import { promised } from './contestants/async.js';
import type { Contestant } from './contestants/contestant.js';
import { onOneCache, US, withOther } from './contestants/ours.js';
import { LIMIT } from './contestants/stores.js';
import { sync } from './contestants/sync.js';
import { counted, type Ground } from './hits.js';
import { type Kind, KINDS } from './kinds.js';
import { type Call, turnsOf } from './loops.js';
import { type Case, type Entrant, type Prepared, processorTime, warmedUp } from './measure.js';
import { type Order, zipfian } from './orders.js';

/** Functions of each kind. No power of two, so that each of them meets each of the arguments. */
const FUNCTIONS = 7;
/** Lists of arguments: calls go around them. Of 20 000 keys they hold about 2 000. */
const DRAWS = 4_096;
/** The bound of each cache: no call may miss. */
const MAX = 10_000;
/** More rounds than in other cases, and still more where two libraries may differ by a tenth. */
const [ROUNDS, ROUNDS_OF_TWO] = [25, 75];
/** Milliseconds of one measurement. */
const SLICE = 2;

const NAMES = [
  LIMIT,
  ...['lru-cache by hand', 'ttlcache by hand', 'memoize', 'p-memoize'],
  ...['memoizee', 'moize', US],
];

/** One contestant with its functions of one kind. */
interface Member {
  readonly contestant: Contestant;
  readonly kind: Kind;
  /** Makes the calls numbered `begin` up to `end`, checks what they return and returns the milliseconds. */
  took(begin: number, end: number): Promise<number>;
  /** How often the functions have been computed. */
  computed(): number;
}

interface Service {
  readonly members: readonly Member[];
  /** Why a contestant is not a member, by kind and contestant. */
  readonly missing: Readonly<Record<string, Record<string, string>>>;
}

/**
 * Hits as in a service: many memoized functions of every kind in one process, called in turn through
 * shared call sites, so that V8 has specialised the libraries for none of them.
 */
export function serviceCases(ground: Ground, quick: boolean): Case[] {
  return [200, 20_000].flatMap((size) => {
    let service: Promise<Service> | undefined;
    return KINDS.map((kind) => ({
      group: `As in a service, ${size.toLocaleString('en').replaceAll(',', ' ')} keys`,
      name: kind.name,
      limit: LIMIT,
      rounds: quick ? 9 : ground.other === undefined ? ROUNDS : ROUNDS_OF_TWO,
      prepare: async () => prepared(await (service ??= opened(ground, size)), kind),
    }));
  });
}

/** Starts the service: makes all functions of all contestants, and fills their caches in turn. */
async function opened(ground: Ground, size: number): Promise<Service> {
  const order = zipfian(size, DRAWS);
  const one = onOneCache();
  const members: Member[] = [];
  const missing: Record<string, Record<string, string>> = {};
  for (const kind of KINDS) {
    const all = [...(kind.promised ? promised : sync), one].filter(
      ({ name }) => NAMES.includes(name) || name === one.name,
    );
    const given = Array.from(order.keys, (k) => kind.given(k));
    for (const contestant of withOther(all, ground.other)) {
      if (size > 1_000 && contestant.maxKeys !== undefined)
        (missing[kind.name] ??= {})[contestant.name] = 'left out above 1000 keys';
      else members.push(await memberOf(contestant, kind, ground, order, given));
    }
  }
  for (let begin = 0; begin < FUNCTIONS * DRAWS; begin += DRAWS)
    for (const { took } of members) await took(begin, begin + DRAWS);
  return { members, missing };
}

async function memberOf(
  contestant: Contestant,
  kind: Kind,
  { library }: Ground,
  order: Order,
  given: readonly (readonly unknown[])[],
): Promise<Member> {
  const functions = Array.from({ length: FUNCTIONS }, (_, i) =>
    counted(kind, kind.promised, `${kind.name} ${i}`),
  );
  const calls: Call[] = [];
  for (const { fn } of functions) {
    const setting = { library, shape: kind, fn, max: MAX, promised: kind.promised, closing: [] };
    calls.push((await contestant.make(setting))!);
  }
  const turns = turnsOf(kind, kind.promised);
  return {
    contestant,
    kind,
    computed: () => functions.reduce((sum, { count }) => sum + count(), 0),
    took: async (begin, end) => {
      const began = processorTime();
      const returned = turns(calls, given, begin, end);
      const sum = typeof returned === 'number' ? returned : await returned;
      const time = processorTime() - began;
      if (sum !== order.sum(begin, end)) throw new Error('returned a wrong value');
      return time;
    },
  };
}

/** The members of one kind, whose turn it is to be measured. */
async function prepared({ members, missing }: Service, kind: Kind): Promise<Prepared> {
  const entrants: Entrant[] = [];
  for (const member of members.filter((one) => one.kind === kind)) {
    const { name, does, tellsApart } = member.contestant;
    let at = 0;
    const took = async (count: number): Promise<number> => {
      const before = member.computed();
      const time = await member.took(at, at + count);
      at += count;
      const missed = member.computed() - before;
      if (missed > 0) throw new Error(`has missed ${missed} of ${count} calls`);
      return time;
    };
    const collisionFree = tellsApart?.(kind) ?? does.collisionFree;
    const measure = await warmedUp(took, SLICE, 1, FUNCTIONS * DRAWS);
    entrants.push({ name, does: { ...does, collisionFree }, measure });
  }
  return { entrants, missing: missing[kind.name] ?? {} };
}
