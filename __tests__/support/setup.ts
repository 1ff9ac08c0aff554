import { disableTracking } from '../../src/flight/recursion.js';

// Each test file has its own copy of the library, with an AsyncLocalStorage that slows down every
// promise of the process: without this, finished files would slow down later ones.
afterAll(disableTracking);
