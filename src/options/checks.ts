import { OptionError } from '../errors.js';

/** A value as it may stand in a message: short, on one line, never failing. */
export function show(value: unknown): string {
  if (typeof value === 'string') {
    return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
  }
  if (typeof value === 'function') return 'a function';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}

/** Throws an `OptionError` unless the options are an object with none but these names. */
export function checkOptionNames(where: string, options: unknown, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new OptionError(`${where}: the options are ${show(options)}; write an object`);
  }
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) {
      throw new OptionError(
        `${where}: there is no option ${show(name)}; there are ${known.join(', ')}`,
      );
    }
  }
}

/** Throws an `OptionError` unless it is a text that is not empty, or nothing. */
export function checkText(option: string, value: unknown): void {
  if (value === undefined || (typeof value === 'string' && value !== '')) return;
  throw new OptionError(`${option}: ${show(value)} is no name; write a text that is not empty`);
}

/** Throws an `OptionError` unless it is a function, or nothing. */
export function checkFunction(option: string, value: unknown): void {
  if (value === undefined || typeof value === 'function') return;
  throw new OptionError(`${option}: ${show(value)} is no function`);
}
