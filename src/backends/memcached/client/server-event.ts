/** What happened to a server, by its name (`'127.0.0.1:11211'`). */
export type ServerEvent = { readonly server: string } & (
  | {
      /** It does not answer: from now on it is not asked, except for probes. */
      readonly type: 'open';
      readonly error: Error;
    }
  | {
      /** It answers again. */
      readonly type: 'close';
    }
  | {
      /** Code that was called with a reply has thrown. */
      readonly type: 'error';
      readonly error: unknown;
    }
);
