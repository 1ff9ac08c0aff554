/** `require.ts` for the CommonJS half, where `import.meta` is a syntax error. */
export function requireHere(id: string): void {
  try {
    require(id);
  } catch {
    // Bundled: the package is not where it was. What needs it goes without.
  }
}
