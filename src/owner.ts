import { OptionError } from './errors.js';
import type { AnyFunction } from './function-kind.js';

/** A class, as far as its name goes. */
export type Class = AnyFunction;

// Not in any platform yet. Without it compilers leave `context.metadata` out.
const symbols = Symbol as { metadata?: symbol };
symbols.metadata ??= Symbol.for('Symbol.metadata');
const METADATA = symbols.metadata;

/** Where a decorated method stands: what of its class is known, and when. */
export interface Place {
  readonly method: string | symbol;
  readonly isStatic: boolean;
  /** The class that declares the method, as soon as it can be told. */
  owner(self: unknown): Class | undefined;
}

/**
 * `Class.method`, and `Class.method:Subclass` where an object of a subclass inherits the method. Throws
 * an `OptionError` if the class cannot be told.
 */
export function qualifiedName(place: Place, self: unknown): string {
  const owner = place.owner(self);
  if (owner === undefined) {
    throw new OptionError(
      `@cached: the class of the method ${String(place.method)} cannot be told from this call; ` +
        "write a name: @cached({ name: 'Class.method' })",
    );
  }
  const name = `${owner.name}.${String(place.method)}`;
  const actual = classOf(self, place.isStatic);
  return actual === undefined || actual === owner ? name : `${name}:${actual.name}`;
}

/**
 * The class whose decorator was given this metadata, or whose prototype holds this wrapper: standard
 * decorators run before their class exists, so it is looked for among the classes of a call's object.
 */
export function findOwner(
  self: unknown,
  place: Omit<Place, 'owner'>,
  metadata: object | undefined,
  wrapper: AnyFunction,
): Class | undefined {
  const start = place.isStatic ? self : prototypeOf(self);
  for (let at = start; isObject(at); at = prototypeOf(at)) {
    const owner = place.isStatic ? at : ownValue(at, 'constructor');
    if (typeof owner !== 'function') continue;
    const marked = metadata !== undefined && ownValue(owner, METADATA) === metadata;
    if (marked || ownValue(at, place.method) === wrapper) return owner as Class;
  }
  return undefined;
}

function classOf(self: unknown, isStatic: boolean): Class | undefined {
  if (!isObject(self)) return undefined;
  const actual = isStatic ? self : (self as { constructor?: unknown }).constructor;
  return typeof actual === 'function' ? (actual as Class) : undefined;
}

function ownValue(object: object, key: string | symbol): unknown {
  return Object.getOwnPropertyDescriptor(object, key)?.value;
}

function prototypeOf(value: unknown): unknown {
  return isObject(value) ? Object.getPrototypeOf(value) : undefined;
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}
