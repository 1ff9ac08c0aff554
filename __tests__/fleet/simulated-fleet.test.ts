import { backendContract } from '../../src/testing/index.js';
import { connect, SimulatedStore } from '../support/simulated-fleet.js';
import { flush } from '../support/until.js';

backendContract(
  'the simulated store',
  () =>
    connect(new SimulatedStore(), {
      delay: flush,
      fate: () => 'arrives',
    }),
  { describe, test },
);
