import { OptionError } from '../errors.js';
import { isName } from './key-prefix.js';
import { show } from '../options/checks.js';
import type { AnyFunction } from './function-kind.js';

/** A class, as far as its name goes. */
export type Class = AnyFunction;

// Not in any platform yet. Without it compilers leave `context.metadata` out.
const symbols = Symbol as { metadata?: symbol };
symbols.metadata ??= Symbol.for('Symbol.metadata');
const METADATA = symbols.metadata;

/** Where a decorated method stands: what of its class is known, and when. */
export interface MethodSite {
  readonly method: string | symbol;
  readonly isStatic: boolean;
  /** The class that declares the method, as soon as it can be told. */
  owner(self: unknown): Class | undefined;
}

/**
 * The prefixes of the keys of one method: `Class.method`, or the given name, and with `:Subclass` after
 * it where an object of a subclass inherits the method. Throws an `OptionError` for a class that cannot
 * be told from others by its name.
 */
export function classPrefixes(
  site: MethodSite,
  explicitName: string | undefined,
): (self: unknown) => string {
  const classes = new Map<string, Class | undefined>();
  return (self) => {
    const receiverClass = classOf(self, site.isStatic);
    const name = qualifiedName(site, explicitName, receiverClass, self);
    if (!classes.has(name)) classes.set(name, receiverClass);
    if (receiverClass !== undefined && (classes.get(name) ?? receiverClass) !== receiverClass) {
      throw new OptionError(
        `@cached: two classes called ${show(classNameOf(receiverClass))} inherit ${String(site.method)} and would share ` +
          'their entries; give each a name of its own, or the method a `key`',
      );
    }
    return name;
  };
}

function qualifiedName(
  site: MethodSite,
  explicitName: string | undefined,
  receiverClass: Class | undefined,
  self: unknown,
): string {
  const owner = site.owner(self);
  if (owner === undefined && explicitName !== undefined) return explicitName;
  if (owner === undefined) {
    throw new OptionError(
      `@cached: the class of the method ${String(site.method)} cannot be told from this call; ` +
        "write a name: @cached({ name: 'Class.method' })",
    );
  }
  if (explicitName === undefined && !isName(classNameOf(owner))) {
    throw new OptionError(
      `@cached: a class without a name declares ${String(site.method)} and cannot be told from others; ` +
        'name the class, or give the method a `name` or a `key`',
    );
  }
  const name = explicitName ?? `${classNameOf(owner)}.${String(site.method)}`;
  if (receiverClass === undefined || receiverClass === owner) return name;
  if (isName(classNameOf(receiverClass))) return `${name}:${classNameOf(receiverClass)}`;
  throw new OptionError(
    `@cached: a class without a name inherits ${name} and cannot be told from others; name the class, ` +
      'or give the method a `key`',
  );
}

/** The name of a class, which may have a static member of that name instead. */
export function classNameOf(owner: Class): string {
  return typeof owner.name === 'string' ? owner.name : '';
}

/**
 * The class whose decorator was given this metadata, or whose prototype holds this wrapper: standard
 * decorators run before their class exists, so it is looked for among the classes of a call's object.
 */
export function findOwner(
  self: unknown,
  site: Omit<MethodSite, 'owner'>,
  metadata: object | undefined,
  wrapper: AnyFunction,
): Class | undefined {
  const start = site.isStatic ? self : prototypeOf(self);
  for (let holder = start; isObject(holder); holder = prototypeOf(holder)) {
    const owner = site.isStatic ? holder : ownValue(holder, 'constructor');
    if (typeof owner !== 'function') continue;
    const hasMetadata = metadata !== undefined && ownValue(owner, METADATA) === metadata;
    if (hasMetadata || ownValue(holder, site.method) === wrapper) return owner as Class;
  }
  return undefined;
}

function classOf(self: unknown, isStatic: boolean): Class | undefined {
  if (!isObject(self)) return undefined;
  const receiverClass = isStatic ? self : (self as { constructor?: unknown }).constructor;
  return typeof receiverClass === 'function' ? (receiverClass as Class) : undefined;
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
