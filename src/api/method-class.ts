import { OptionError } from '../errors.js';
import { isName } from './key-prefix.js';
import { describeValue } from '../platform/describe-value.js';
import type { AnyFunction } from './function-kind.js';

/** A class. Only its name and its place in the prototype chain are used. */
export type Class = AnyFunction;

// No platform has it yet. Without it compilers leave out `context.metadata`.
const symbols = Symbol as { metadata?: symbol };
symbols.metadata ??= Symbol.for('Symbol.metadata');
const METADATA = symbols.metadata;

/** A decorated method and its class, which standard decorators do not know at definition. */
export interface MethodSite {
  readonly method: string | symbol;
  readonly isStatic: boolean;
  /** The class that declares the method; `undefined` while it is not known. `self`: object of the call. */
  owner(self: unknown): Class | undefined;
}

/**
 * Prefixes of the keys of one method: `Class.method` or the explicit name, followed by `:Subclass` if the
 * object of the call belongs to a subclass that inherits the method. The prefix throws an `OptionError` for a
 * class that has no name, or shares it with another class.
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
        `@cached: two classes called ${describeValue(classNameOf(receiverClass))} inherit ${String(site.method)} ` +
          'and would share their entries; give each its own name, or the method a `key`',
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
      `@cached: this call does not show the class of the method ${String(site.method)}; ` +
        "write a name: @cached({ name: 'Class.method' })",
    );
  }
  if (explicitName === undefined && !isName(classNameOf(owner))) {
    throw new OptionError(
      `@cached: keys start with the name of the class, but the class that declares ` +
        `${String(site.method)} has none; name the class, or give the method a \`name\` or a \`key\``,
    );
  }
  const name = explicitName ?? `${classNameOf(owner)}.${String(site.method)}`;
  if (receiverClass === undefined || receiverClass === owner) return name;
  if (isName(classNameOf(receiverClass))) return `${name}:${classNameOf(receiverClass)}`;
  throw new OptionError(
    `@cached: keys contain the name of the class, but the class that inherits ${name} has none; ` +
      'name the class, or give the method a `key`',
  );
}

/** The name of a class; empty if a static member called `name` hides it. */
export function classNameOf(owner: Class): string {
  return typeof owner.name === 'string' ? owner.name : '';
}

/**
 * Finds the class that declares a method with a standard decorator, which runs before the class exists: in
 * the prototype chain of the object of a call, the class with the metadata of the decorator, or with the
 * wrapper as its method.
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

const METHODS = Symbol.for('memoaside.methods');

interface Registry {
  [METHODS]?: WeakMap<object, Map<string | symbol, AnyFunction>> | undefined;
}

/** Decorated methods by prototype, or by class for static ones; those of every copy of the library. */
function decoratedMethods(): WeakMap<object, Map<string | symbol, AnyFunction>> {
  const registry = globalThis as Registry;
  return (registry[METHODS] ??= new WeakMap());
}

/** Records the wrapper of a decorated method of a class, for `cacheOf(object, 'method')`. */
export function recordMethod(owner: Class, site: MethodSite, wrapper: AnyFunction): void {
  const holder: unknown = site.isStatic ? owner : owner.prototype;
  if (!isObject(holder)) return;
  const registry = decoratedMethods();
  const methods = registry.get(holder) ?? new Map<string | symbol, AnyFunction>();
  registry.set(holder, methods.set(site.method, wrapper));
}

/**
 * Returns the functions that may be the decorated method of an object, in the order of its prototype chain.
 * The recorded ones are found even if something has replaced them in the class.
 */
export function* methodsOf(object: unknown, name: string | symbol): Generator {
  for (let holder = object; isObject(holder); holder = prototypeOf(holder)) {
    yield ownValue(holder, name);
    yield decoratedMethods().get(holder)?.get(name);
  }
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
