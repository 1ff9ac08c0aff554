import { InProgress } from '../../src/flight/in-progress.js';
import { UnconfirmedDeletes } from '../../src/resilience/unconfirmed-deletes.js';

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

/** A delete that is confirmed once the backend is up, and the number of attempts. */
function deleting() {
  const state = { up: false, attempts: 0 };
  const inProgress = new InProgress();
  const attempt = async (): Promise<boolean> => {
    state.attempts += 1;
    return state.up;
  };
  return { state, inProgress, pending: { attempt, inProgress } };
}

test('a delete is tried again after 1, 2, 4 up to 30 seconds, until it is confirmed', async () => {
  const deletes = new UnconfirmedDeletes();
  const { state, pending } = deleting();
  deletes.add('k', pending);
  let attempts = 0;
  for (const seconds of [1, 2, 4, 8, 16, 30, 30]) {
    await jest.advanceTimersByTimeAsync(seconds * 1_000 - 1);
    expect(state.attempts).toBe(attempts);
    await jest.advanceTimersByTimeAsync(1);
    expect(state.attempts).toBe((attempts += 1));
    expect(deletes.has('k')).toBe(true);
  }
  state.up = true;
  await jest.advanceTimersByTimeAsync(30_000);
  expect(deletes.has('k')).toBe(false);
  expect(jest.getTimerCount()).toBe(0);
});

test('calls that ask meanwhile share one attempt', async () => {
  const deletes = new UnconfirmedDeletes();
  const { state, pending } = deleting();
  deletes.add('k', pending);
  state.up = true;
  const answers = await Promise.all([deletes.retry('k'), deletes.retry('k')]);
  expect([answers, state.attempts, deletes.has('k')]).toEqual([[true, true], 1, false]);
});

test('a delete that was added again meanwhile is not confirmed by the attempt before', async () => {
  const deletes = new UnconfirmedDeletes();
  const { state, pending } = deleting();
  deletes.add('k', pending);
  state.up = true;
  const attempt = deletes.retry('k');
  deletes.add('k', { ...pending });
  expect(await attempt).toBe(true);
  expect(deletes.has('k')).toBe(true);
});

test('a write that began before a delete failed does not confirm it', () => {
  const deletes = new UnconfirmedDeletes();
  const before = deletes.pending('k');
  deletes.add('k', deleting().pending);
  deletes.confirm('k', before);
  expect(deletes.has('k')).toBe(true);
});

test('a write confirms, and a key without a delete is confirmed', async () => {
  const deletes = new UnconfirmedDeletes();
  deletes.add('k', deleting().pending);
  deletes.confirm('k', deletes.pending('k'));
  expect([deletes.has('k'), await deletes.retry('k'), await deletes.retry('other')]).toEqual([
    false,
    true,
    true,
  ]);
});

test('deletes of a closed cache are given up', async () => {
  const deletes = new UnconfirmedDeletes();
  const { inProgress, pending } = deleting();
  deletes.add('k', pending);
  inProgress.closed = true;
  await jest.advanceTimersByTimeAsync(1_000);
  expect([deletes.has('k'), jest.getTimerCount()]).toEqual([false, 0]);
});
