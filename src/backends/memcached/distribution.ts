import { OptionError } from '../../errors.js';
import { show } from '../../option-checks.js';
import type { ServerAddress } from './address.js';
import { crcModulo } from './crc-modulo.js';
import { ketama } from './ketama.js';
import { rendezvous } from './rendezvous.js';

const DISTRIBUTIONS = { ketama, rendezvous, 'python-memcached': crcModulo };

/** How keys are distributed over several servers. */
export type DistributionName = keyof typeof DISTRIBUTIONS;

/**
 * Answers a function that tells on which server a key lives: for the key as it is on the wire, an index
 * into `servers`. With one server it costs nothing. A server that is down keeps its keys: a neighbour
 * that took them over would hand out old values when it is asked again.
 *
 * Throws an `OptionError` for a name that is none of the three.
 */
export function distribute(
  servers: readonly ServerAddress[],
  name: DistributionName = 'ketama',
): (key: string) => number {
  const names = Object.keys(DISTRIBUTIONS);
  if (!names.includes(name)) {
    const quoted = names.map((each) => `'${each}'`).join(', ');
    throw new OptionError(`distribution: ${show(name)} is none of ${quoted}`);
  }
  return servers.length > 1 ? DISTRIBUTIONS[name](servers) : () => 0;
}
