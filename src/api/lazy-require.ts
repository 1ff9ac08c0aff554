interface NodeModule {
  createRequire(from: string): (id: string) => unknown;
}
interface ProcessWithBuiltins {
  getBuiltinModule?: (id: string) => NodeModule | undefined;
}

/** Loads a package on first use, synchronously. Does nothing where that is not possible (a bundle). */
export function requireLazily(id: string): void {
  const { process } = globalThis as { process?: ProcessWithBuiltins };
  try {
    process?.getBuiltinModule?.('node:module')?.createRequire(import.meta.url)(id);
  } catch {
    // Bundled: neither our site nor the package is where it was. What needs it goes without.
  }
}
