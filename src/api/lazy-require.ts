interface NodeModule {
  createRequire(from: string): (id: string) => unknown;
}
interface Builtins {
  getBuiltinModule?: (id: string) => NodeModule | undefined;
}

/** Loads a package on first use, synchronously. Does nothing where that is not possible (a bundle). */
export function requireHere(id: string): void {
  const { process } = globalThis as { process?: Builtins };
  try {
    process?.getBuiltinModule?.('node:module')?.createRequire(import.meta.url)(id);
  } catch {
    // Bundled: neither our place nor the package is where it was. What needs it goes without.
  }
}
