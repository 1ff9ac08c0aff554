/** `require.ts` for the CommonJS half, where `import.meta` is a syntax error. */
export function requireLazily(id: string): void {
  try {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- this is CommonJS
    require(id);
  } catch {
    // Bundled: the package is not where it was. What needs it goes without.
  }
}
