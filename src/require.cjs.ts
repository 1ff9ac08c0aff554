/** `require.ts` for the CommonJS half, where `import.meta` is a syntax error. */
export function requireHere(id: string): unknown {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- this is CommonJS
  return require(id) as unknown;
}
