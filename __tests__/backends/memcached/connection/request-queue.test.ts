import fc from 'fast-check';
import { Request } from '../../../../src/backends/memcached/protocol/request.js';
import { RequestQueue } from '../../../../src/backends/memcached/connection/request-queue.js';

const requestDue = (deadline: number): Request => {
  const request = new Request(Buffer.alloc(24), jest.fn(), jest.fn());
  request.deadline = deadline;
  return request;
};

describe('a request queue', () => {
  test('behaves like an array, however it grows and wraps', () => {
    const steps = fc.array(fc.oneof(fc.nat(100), fc.integer({ min: -100, max: -1 })), {
      maxLength: 30,
    });
    fc.assert(
      fc.property(steps, (counts) => {
        const queue = new RequestQueue();
        const model: Request[] = [];
        for (const count of counts) {
          for (let n = 0; n < count; n += 1) {
            const request = requestDue(n);
            queue.push(request);
            model.push(request);
          }
          const taken = Math.min(Math.max(0, -count), model.length);
          expect(queue.at(taken)).toBe(model[taken]);
          expect(queue.first(taken)).toEqual(model.splice(0, taken));
          queue.drop(taken);
          expect(queue.length).toBe(model.length);
        }
        expect(queue.drain()).toEqual(model);
        expect([queue.length, queue.at(0)]).toEqual([0, undefined]);
      }),
    );
  });

  test('returns the earliest deadline, even behind a later one', () => {
    const queue = new RequestQueue();
    expect(queue.earliestDeadline()).toBe(Infinity);
    for (const deadline of [30, 10, 20]) queue.push(requestDue(deadline));
    expect(queue.earliestDeadline()).toBe(10);
    expect([queue.overdue(9), queue.overdue(10), queue.overdue(25)]).toEqual([0, 1, 2]);
  });
});
