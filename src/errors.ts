/**
 * Every error that memoaside raises by itself. Recognise one by its class, or by its `code` where two
 * copies of the library may meet. What a memoized function throws is never wrapped in one of these.
 */
export class CacheError extends Error {
  override readonly name: string = 'CacheError';
  readonly code: string = 'ERR_CACHE';
}

/**
 * An option, or a use, that cannot work. Thrown where the function or the cache is defined, or by the
 * first use that shows it; in events for what a callback of the options has answered.
 */
export class OptionError extends CacheError {
  override readonly name = 'OptionError';
  override readonly code = 'ERR_CACHE_OPTION';
}

/** A call from which no key can be derived. Thrown by the call, before anything is computed. */
export class KeyError extends CacheError {
  override readonly name = 'KeyError';
  override readonly code = 'ERR_CACHE_KEY';
}

/** A value that cannot be stored faithfully, or bytes that cannot be read. Seen in events only. */
export class CodecError extends CacheError {
  override readonly name = 'CodecError';
  override readonly code = 'ERR_CACHE_CODEC';
}

/** A computation that took longer than `computeTimeout`. Thrown by the calls that waited for it. */
export class TimeoutError extends CacheError {
  override readonly name = 'TimeoutError';
  override readonly code = 'ERR_CACHE_TIMEOUT';
}

/** A backend that refused, failed or did not answer in time. Seen in events only. */
export class BackendError extends CacheError {
  override readonly name = 'BackendError';
  override readonly code = 'ERR_CACHE_BACKEND';
}
