interface NodeModule {
  createRequire(from: string): (id: string) => unknown;
}
interface Builtins {
  getBuiltinModule?: (id: string) => NodeModule | undefined;
}

/** Loads a package on first use, and synchronously; `undefined` where there is no `require`. */
export function requireHere(id: string): unknown {
  const { process } = globalThis as { process?: Builtins };
  return process?.getBuiltinModule?.('node:module')?.createRequire(import.meta.url)(id);
}
