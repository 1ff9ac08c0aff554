// A user's Jest runs CommonJS and transforms no dependency: everything must load there as it is.
const { cached, memoize } = require('memoaside');
const { memcached } = require('memoaside/memcached');
const { backendContract } = require('memoaside/testing');

test('the package loads and works in Jest', async () => {
  expect(memoize((n) => n * n)(3)).toBe(9);
  expect(typeof cached()).toBe('function');
  expect(typeof backendContract).toBe('function');
  const backend = memcached('127.0.0.1:1');
  await expect(backend.get('x')).rejects.toThrow('127.0.0.1:1');
  await backend.close();
});
