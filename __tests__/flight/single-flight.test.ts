import { SingleFlight } from '../../src/flight/single-flight.js';

test('a flight is joined from its begin to its end', () => {
  const flights = new SingleFlight();
  const flight = flights.begin('k', 'call');
  expect([flights.get('k'), flights.joinable.size]).toEqual([flight, 1]);
  flights.end('k', flight);
  expect([flights.get('k'), flights.joinable.size]).toEqual([undefined, 0]);
});

test('the end of a flight does not remove a newer one', () => {
  const flights = new SingleFlight();
  const older = flights.begin('k', 'call');
  flights.fence('k');
  const newer = flights.begin('k', 'call');
  flights.end('k', older);
  expect(flights.get('k')).toBe(newer);
  expect([older.fenced, newer.fenced]).toEqual([true, false]);
});

test('a flight that takes the place of another fences it', () => {
  const flights = new SingleFlight();
  const older = flights.begin('k', 'call');
  flights.begin('k', 'requested');
  expect(older.fenced).toBe(true);
});

test('a refresh in the background and an unshared flight are not joined by calls', () => {
  const flights = new SingleFlight();
  const refresh = flights.begin('k', 'background');
  flights.begin('k', 'unshared');
  expect([flights.get('k'), flights.refreshOf('k')]).toEqual([undefined, refresh]);
});

test('a flight that every caller has left is not joined, and may still store', () => {
  const flights = new SingleFlight();
  const flight = flights.begin('k', 'call');
  const { signal } = flight;
  flight.attachCaller();
  flight.attachCaller();
  flight.detachCaller('first');
  expect([flights.get('k'), signal.aborted]).toEqual([flight, false]);
  flight.detachCaller('second');
  expect([flights.get('k'), signal.aborted, signal.reason]).toEqual([undefined, true, 'second']);
  expect(flight.fenced).toBe(false);
});

test('of abandoned flights of a key the oldest may store, until a later one has a value', () => {
  const flights = new SingleFlight();
  const abandon = () => {
    const flight = flights.begin('k', 'call');
    flight.abort('timed out');
    return flight;
  };
  const [oldest, next] = [abandon(), abandon()];
  expect([oldest.fenced, next.fenced]).toEqual([false, true]);
  const last = flights.begin('k', 'call');
  flights.fenceAbandoned('k', last);
  expect([oldest.fenced, last.fenced]).toEqual([true, false]);
});

test('of more than 1,000 abandoned flights the oldest is fenced', () => {
  const flights = new SingleFlight();
  const abandoned = Array.from({ length: 1_001 }, (_, n) => {
    const flight = flights.begin(`k${n}`, 'call');
    flight.abort('timed out');
    return flight;
  });
  expect(abandoned.map(({ fenced }) => fenced).filter(Boolean)).toHaveLength(1);
  expect(abandoned[0]!.fenced).toBe(true);
});

test('a fence of a prefix reaches the flights, the refreshes and the abandoned ones', () => {
  const flights = new SingleFlight();
  const a = [flights.begin('a:1', 'call'), flights.begin('a:2', 'background')];
  const left = flights.begin('a:3', 'call');
  left.abort('timed out');
  const other = flights.begin('b:1', 'call');
  flights.fenceAll('a:');
  expect([...a, left, other].map(({ fenced }) => fenced)).toEqual([true, true, true, false]);
});
