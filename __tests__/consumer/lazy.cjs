// What is not used is not loaded.
const { memoize, createCache } = require('memoaside');
const loaded = () =>
  Object.keys(require.cache).filter((file) => /node_modules.(memjs|reflect-metadata)./.test(file));
createCache().memoize((n) => n)(1);
memoize((n) => n)(1);
if (loaded().length > 0) throw new Error(`loaded without need: ${loaded()}`);
require('memoaside').cached();
if (!('defineMetadata' in Reflect)) throw new Error('@cached() did not load reflect-metadata');
if (loaded().some((file) => file.includes('memjs')))
  throw new Error('memjs was loaded without need');
