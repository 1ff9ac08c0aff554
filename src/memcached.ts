export type { Codec, Encoded } from './backends/memcached/codec.js';
export {
  memcached,
  type MemcachedBackend,
  type MemcachedOptions,
} from './backends/memcached/memcached.js';
export type { ServerEvent } from './backends/memcached/server-event.js';
