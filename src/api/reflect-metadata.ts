import { requireLazily } from './lazy-require.js';

interface ReflectMetadata {
  getOwnMetadata?(key: string, target: object, property?: string | symbol): unknown;
  getOwnMetadataKeys?(target: object): unknown[];
  defineMetadata?(key: unknown, value: unknown, target: object): void;
}

/**
 * Loads reflect-metadata at the first use of a decorator, so that `memoize` alone does not need it. From then
 * on, compiled classes record the types of their members (`emitDecoratorMetadata`).
 */
export function loadMetadata(): ReflectMetadata {
  // In a browser or a bundle this loads nothing. A program that needs metadata there has loaded it itself.
  if (!('defineMetadata' in Reflect)) requireLazily('reflect-metadata');
  const reflect: object = Reflect;
  return reflect as ReflectMetadata;
}

/** The class that the compiler recorded as the return type of a method; `undefined` if it recorded none. */
export function returnType(target: object, property: string | symbol): unknown {
  return loadMetadata().getOwnMetadata?.('design:returntype', target, property);
}

/** Copies the metadata that other decorators have put on a function to the function that replaces it. */
export function copyMetadata(from: object, to: object): void {
  const metadata = loadMetadata();
  for (const key of metadata.getOwnMetadataKeys?.(from) ?? []) {
    metadata.defineMetadata?.(key, metadata.getOwnMetadata?.(key as string, from), to);
  }
}
