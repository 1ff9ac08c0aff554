import { show } from '../options/checks.js';
import { OptionError } from '../errors.js';

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- no other type takes every function: parameters are contravariant
export type AnyFunction = (this: any, ...args: any[]) => any;

const SOURCE = /^(?:async\b\s*)?(?:\(|[\p{ID_Start}$_][\p{ID_Continue}$]*\s*=>)/u;

/** Whether the function is `async`, so that it never throws at once. */
export function isAsync(fn: AnyFunction): boolean {
  return kind(fn) === 'AsyncFunction';
}

/**
 * Whether calling the function on another object can make a difference: not for an arrow function or a
 * bound one, whose `this` is fixed.
 */
export function usesThis(fn: AnyFunction): boolean {
  // A method called async looks like an async arrow function.
  if (Object.hasOwn(fn, 'prototype') || fn.name === 'async') return true;
  return !fn.name.startsWith('bound ') && !SOURCE.test(Function.prototype.toString.call(fn));
}

/** Throws an `OptionError` for what cannot be memoized. */
export function checkMemoizable(where: string, fn: unknown): asserts fn is AnyFunction {
  if (typeof fn !== 'function') {
    throw new OptionError(`${where}: ${show(fn)} is no function`);
  }
  if (kind(fn).includes('Generator')) {
    throw new OptionError(
      `${where}: ${fn.name} is a generator function; its iterator can be used only once, so memoize ` +
        'a function that answers an array',
    );
  }
  if (/^class\b/.test(Function.prototype.toString.call(fn))) {
    throw new OptionError(
      `${where}: ${fn.name} is a class; memoize a function that makes instances: () => new ${fn.name}()`,
    );
  }
}

function kind(fn: object): string {
  return Object.prototype.toString.call(fn).slice(8, -1);
}
