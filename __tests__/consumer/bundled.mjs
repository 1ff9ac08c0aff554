import { cached, memoize } from 'memoaside';
const decorate = cached();
const { value } = decorate({}, 'find', { value: (n) => n + 1 });
if (memoize((n) => n * n)(3) !== 9 || value(1) !== 2) throw new Error('the bundle does not work');
