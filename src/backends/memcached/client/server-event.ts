/** An event of one memcached server. `server` is its name, such as `'127.0.0.1:11211'`. */
export type ServerEvent = { readonly server: string } & (
  | {
      /** The server does not answer. Until `close` it gets no request but probes. */
      readonly type: 'open';
      /** The failure that opened the breaker. */
      readonly error: Error;
    }
  | {
      /** The server answers again. */
      readonly type: 'close';
    }
  | {
      /** The callback of a request threw when it was given a reply or a failure. */
      readonly type: 'error';
      readonly error: unknown;
    }
);
