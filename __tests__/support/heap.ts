import { flush } from './until.js';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Bytes on the heap and in external memory after a garbage collection. */
export async function heapInUse(): Promise<number> {
  for (let round = 0; round < 3; round += 1) {
    collect();
    await flush();
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Number of open sockets of this process. */
export function openSockets(): number {
  return process.getActiveResourcesInfo().filter((type) => type === 'TCPSocketWrap').length;
}
