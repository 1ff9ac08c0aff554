export type { Codec, Encoded } from './backends/memcached/codec/codec.js';
export type { DistributionName } from './backends/memcached/distribution/distribution.js';
export {
  memcached,
  type MemcachedBackend,
  type MemcachedOptions,
} from './backends/memcached/memcached.js';
export type { ServerEvent } from './backends/memcached/client/server-event.js';
