import { describeValue } from '../platform/describe-value.js';
import { OptionError } from '../errors.js';

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- no other type accepts every function, since parameters are contravariant
export type AnyFunction = (this: any, ...args: any[]) => any;

const ARROW = /^(?:async\b\s*)?(?:\(|[\p{ID_Start}$_][\p{ID_Continue}$]*\s*=>)/u;

const THIS = /\b(?:this|super|eval)\b/;
/** The `this` that TypeScript passes to its helper for async functions. */
const AWAITER = /(?<![\w$.])__awaiter\(this,/g;
/** A body that is not source: of native functions, and in engines that run bytecode. */
const OPAQUE = /\{\s*\[[\w ]+\]\s*\}$/;

/** True for an `async` function, which never throws synchronously. */
export function isAsync(fn: AnyFunction): boolean {
  return kind(fn) === 'AsyncFunction';
}

/**
 * False if calling the function on another object makes no difference: for an arrow function or a bound one,
 * whose `this` is fixed, and for a function whose source reads neither `this` nor `super`, nor calls `eval`.
 * (The `this` that a compiler passes to its `__awaiter` does not count.)
 */
export function usesThis(fn: AnyFunction): boolean {
  const source = Function.prototype.toString.call(fn);
  // A method called async looks like an async arrow function.
  const isMethod = Object.hasOwn(fn, 'prototype') || fn.name === 'async';
  if (!isMethod && (fn.name.startsWith('bound ') || ARROW.test(source))) return false;
  // Without positive evidence it may: an escape such as \u0061 may hide a name.
  const readable = source.endsWith('}') && !OPAQUE.test(source) && !source.includes('\\u');
  return !readable || THIS.test(source.replace(AWAITER, ''));
}

/** Throws an `OptionError` for anything but a function, for a generator and for a class. */
export function checkMemoizable(where: string, fn: unknown): asserts fn is AnyFunction {
  if (typeof fn !== 'function') {
    throw new OptionError(
      `${where}: the first argument must be a function, but is ${describeValue(fn)}`,
    );
  }
  if (kind(fn).includes('Generator')) {
    throw new OptionError(
      `${where}: ${fn.name || 'the first argument'} is a generator function, and its iterator can be used only once; memoize ` +
        'a function that returns an array',
    );
  }
  if (/^class\b/.test(Function.prototype.toString.call(fn))) {
    throw new OptionError(
      `${where}: ${fn.name || 'the first argument'} is a class; memoize a function that creates instances: ` +
        `() => new ${fn.name || 'Class'}()`,
    );
  }
}

function kind(fn: object): string {
  return Object.prototype.toString.call(fn).slice(8, -1);
}
