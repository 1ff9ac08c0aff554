// Programs of a user's, compiled against the packed package in both dialects of decorators and run from
// both module systems.
import { join } from 'node:path';
import { npx, run, withPacked } from './packed.mjs';

await withPacked(({ consumer }) => {
  for (const dialect of ['legacy', 'standard']) {
    npx('tsc', '-p', join(consumer, `tsconfig.${dialect}.json`));
    for (const end of ['mjs', 'cjs']) run('node', [join(consumer, `out/${dialect}/main.${end}`)]);
  }
});
