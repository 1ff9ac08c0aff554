import type { ServerAddress } from '../connection/address.js';
import { murmur3 } from './murmur3.js';

/**
 * Rendezvous hashing, also called highest random weight (Thaler and Ravishankar, 1998): a key belongs to
 * the server with the highest score for it. Returns a function from a key to the index of its server.
 * Adding or removing one of n servers moves exactly the keys of that server, about 1/n. The order of the
 * servers does not matter.
 *
 * While all weights are equal it agrees with pymemcache's `HashClient` for every key, given the same
 * hosts. Other weights are weighed by the logarithmic method (Schindelhauer and Schomaker, 2005), which
 * no client of another language is known to use.
 */
export function rendezvous(servers: readonly ServerAddress[]): (key: string) => number {
  const labels = servers.map((address) => `${toSingleUnits(pymemcacheLabel(address))}-`);
  const weights = servers.map(({ weight }) => weight);
  return (key) => {
    const units = toSingleUnits(key);
    let best = 0;
    let bestScore = -1;
    for (const [index, label] of labels.entries()) {
      const score = scoreOf(murmur3(label + units), weights[index] ?? 1);
      // pymemcache breaks ties like this.
      const winsTie = score === bestScore && label > (labels[best] ?? '');
      if (score > bestScore || winsTie) [best, bestScore] = [index, score];
    }
    return best;
  };
}

/** Strictly increasing in the hash, so that with equal weights the highest hash wins. */
function scoreOf(hash: number, weight: number): number {
  return -weight / Math.log((hash + 0.5) / 2 ** 32);
}

function pymemcacheLabel(address: ServerAddress): string {
  return 'path' in address ? address.path : `${address.host}:${address.port}`;
}

/** Replaces each surrogate pair by one code unit with its lower 8 bits, which is all pymemcache hashes. */
function toSingleUnits(text: string): string {
  return text.replace(/[^\0-\uffff]/gu, (astral) =>
    String.fromCharCode((astral.codePointAt(0) ?? 0) & 0xff),
  );
}
