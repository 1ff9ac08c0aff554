// A program may load both halves of the package: here, one imports memoaside/memcached and the other requires
// memoaside on a Node, or by a tool, that does not know the condition `module-sync`.
import { createRequire } from 'node:module';
import { deepStrictEqual, ok } from 'node:assert/strict';
import * as esm from './node_modules/memoaside/dist/esm/index.js';

const cjs = createRequire(import.meta.url)('./node_modules/memoaside/dist/cjs/index.js');
const errorNames = Object.keys(esm).filter((name) => name.endsWith('Error'));
deepStrictEqual(Object.keys(cjs).sort(), Object.keys(esm).sort());
deepStrictEqual(errorNames.length, 6);

for (const [here, there] of [
  [esm, cjs],
  [cjs, esm],
]) {
  for (const name of errorNames) {
    const error = new here[name]('text');
    deepStrictEqual(error.name, name);
    deepStrictEqual(error.code, new there[name]('text').code);
    for (const other of errorNames) {
      const expected = other === name || other === 'CacheError';
      deepStrictEqual(error instanceof there[other], expected, `${name} instanceof ${other}`);
    }
  }

  // Thrown by one half, caught by the class of the other.
  const ofFunction = here.memoize((f) => f);
  let thrown;
  try {
    ofFunction({ f: Symbol('no key') });
  } catch (error) {
    thrown = error;
  }
  ok(thrown instanceof there.KeyError);

  class Own extends here.KeyError {}
  ok(new Own('text') instanceof there.KeyError);
  ok(!(new there.KeyError('text') instanceof Own));
}
