import { requireLazily } from './lazy-require.js';

interface ReflectMetadata {
  getOwnMetadata?(key: string, target: object, property?: string | symbol): unknown;
  getOwnMetadataKeys?(target: object): unknown[];
  defineMetadata?(key: unknown, value: unknown, target: object): void;
}

/**
 * Loads reflect-metadata, on first use alone: who only memoizes functions pays nothing for it. After
 * this, the compiler's own metadata (`emitDecoratorMetadata`) of the members below are recorded.
 */
export function loadMetadata(): ReflectMetadata {
  // Where it cannot be loaded so (a browser, a bundle), whoever wants metadata has loaded it.
  if (!('defineMetadata' in Reflect)) requireLazily('reflect-metadata');
  const reflect: object = Reflect;
  return reflect as ReflectMetadata;
}

/** The class that the compiler recorded as the return type of a method, if it recorded one. */
export function returnType(target: object, property: string | symbol): unknown {
  return loadMetadata().getOwnMetadata?.('design:returntype', target, property);
}

/** Carries what other decorators have left on a function over to the one that replaces it. */
export function copyMetadata(from: object, to: object): void {
  const metadata = loadMetadata();
  for (const key of metadata.getOwnMetadataKeys?.(from) ?? []) {
    metadata.defineMetadata?.(key, metadata.getOwnMetadata?.(key as string, from), to);
  }
}
