import { now } from '../src/index.js';
import { backendContract } from '../src/testing/index.js';
import { linkTo, SimulatedStore } from './support/simulated-fleet.js';

const clock = {
  get time() {
    return now();
  },
};

backendContract(
  'the simulated store',
  () =>
    linkTo(new SimulatedStore(clock), {
      delay: () => new Promise((resolve) => setImmediate(resolve)),
      fate: () => 'arrives',
    }),
  { describe, test },
);
