import { backendContract } from '../../src/testing/index.js';
import { linkTo, SimulatedStore } from '../support/simulated-fleet.js';

backendContract(
  'the simulated store',
  () =>
    linkTo(new SimulatedStore(), {
      delay: () => new Promise((resolve) => setImmediate(resolve)),
      fate: () => 'arrives',
    }),
  { describe, test },
);
