import { disableTracking } from '../../src/flight/recursion.js';

// Each test file has a copy of the library of its own, with an AsyncLocalStorage that is a tax on every
// promise of the process: those of files that are done would slow down all that follow.
afterAll(disableTracking);
