/** `lazy-require.ts` for the CommonJS build, where `import.meta` is a syntax error. */
export function requireLazily(id: string): void {
  try {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- this is CommonJS
    require(id);
  } catch {
    // In a bundle the package is not found from here. The features that need it are then off.
  }
}
