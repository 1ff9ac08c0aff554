import { cached, cacheOf } from '../../src/index.js';
import { decoratorSuite } from '../shared/decorators.js';

decoratorSuite('standard');

describe('@cached with standard decorators only', () => {
  test('private methods are cached, and cacheOf reaches them inside the class', async () => {
    class Secret {
      computed = 0;
      @cached({ ttl: '1h' }) async #find(n: number): Promise<number> {
        this.computed += 1;
        return n;
      }
      async twice(n: number): Promise<number> {
        return (await this.#find(n)) + (await this.#find(n));
      }
      forget(n: number): Promise<boolean> {
        return cacheOf(this.#find, this).invalidate(n);
      }
    }
    const secret = new Secret();
    expect(await secret.twice(2)).toBe(4);
    expect(secret.computed).toBe(1);
    expect(await secret.forget(2)).toBe(true);
    await secret.twice(2);
    expect(secret.computed).toBe(2);
  });
});
