/** `require.ts` for the CommonJS half, where `import.meta` is a syntax error. */
export function requireHere(id: string): unknown {
  return require(id) as unknown;
}
