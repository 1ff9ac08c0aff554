// What is not used is not loaded.
import { cached, memoize } from 'memoaside';
memoize((n) => n)(1);
if ('defineMetadata' in Reflect) throw new Error('reflect-metadata was loaded without need');
cached();
if (!('defineMetadata' in Reflect)) throw new Error('@cached() did not load reflect-metadata');
