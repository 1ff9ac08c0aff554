export { backendContract, type TestFramework } from './backend-contract.js';
