interface NodeModule {
  createRequire(from: string): (id: string) => unknown;
}
interface ProcessWithBuiltins {
  getBuiltinModule?: (id: string) => NodeModule | undefined;
}

/** Loads a package synchronously. Does nothing where that is not possible: in a browser, in a bundle. */
export function requireLazily(id: string): void {
  const { process } = globalThis as { process?: ProcessWithBuiltins };
  try {
    process?.getBuiltinModule?.('node:module')?.createRequire(import.meta.url)(id);
  } catch {
    // In a bundle the package is not found from here. The features that need it are then off.
  }
}
