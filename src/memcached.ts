export type { Codec, Encoded } from './backends/memcached/codec.js';
export type { DistributionName } from './backends/memcached/distribution.js';
export {
  memcached,
  type MemcachedBackend,
  type MemcachedOptions,
} from './backends/memcached/memcached.js';
export type { ServerEvent } from './backends/memcached/server-event.js';
