import type { CacheEvent } from '../../src/index.js';

/** A listener, and the types of its events so far, with the reason or step: `skip:ttl`, `error:get`. */
export function transcript(): {
  readonly heard: string[];
  readonly onEvent: (event: CacheEvent) => void;
} {
  const heard: string[] = [];
  const onEvent = (event: CacheEvent): void => {
    if (event.type === 'skip') heard.push(`skip:${event.reason}`);
    else if (event.type === 'error') heard.push(`error:${event.step}`);
    else heard.push(event.type);
  };
  return { heard, onEvent };
}

/** A promise and the functions that settle it. */
export function deferred<T>(): {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
} {
  let resolve!: (value: T) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
