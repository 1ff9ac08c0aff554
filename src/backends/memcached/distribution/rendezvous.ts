import type { ServerAddress } from '../connection/address.js';
import { murmur3 } from './murmur3.js';

/**
 * Rendezvous hashing (highest random weight; Thaler and Ravishankar, 1998): a key belongs to the server
 * that scores highest for it. Answers that server's index. One server more or less, of n, moves exactly
 * its own keys, about 1/n. The order of the servers does not matter.
 *
 * With equal weights it is the server to which pymemcache's `HashClient` goes, key for key, when it is
 * given the same hosts. With others each server gets its share still (the logarithmic method:
 * Schindelhauer and Schomaker, 2005), which no client of another language is known to do alike.
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
      // As pymemcache settles a tie.
      const winsTie = score === bestScore && label > (labels[best] ?? '');
      if (score > bestScore || winsTie) [best, bestScore] = [index, score];
    }
    return best;
  };
}

/** Grows with the hash strictly, so that equal weights leave the order to the hashes alone. */
function scoreOf(hash: number, weight: number): number {
  return -weight / Math.log((hash + 0.5) / 2 ** 32);
}

function pymemcacheLabel(address: ServerAddress): string {
  return 'path' in address ? address.path : `${address.host}:${address.port}`;
}

/** With one code unit for each code point, of which pymemcache hashes the lower 8 bits. */
function toSingleUnits(text: string): string {
  return text.replace(/[^\0-\uffff]/gu, (astral) =>
    String.fromCharCode((astral.codePointAt(0) ?? 0) & 0xff),
  );
}
