import { curvesOf, type Drawn } from './curves.js';
import { OTHER, US } from './contestants/ours.js';
import { CURVES } from './growth.js';
import { digits, type Result, type Spread, spreadOf, written } from './stats.js';
import { comparable, targetsOf } from './targets.js';

export interface Made {
  readonly on: string;
  readonly processes: number;
  readonly rounds: number;
  readonly slice: number;
  readonly quick: boolean;
  readonly seconds: number;
  readonly versions: Readonly<Record<string, string>>;
}

/** The tables of these groups have one column a kind of function: a summary would repeat them. */
const SERVICE = 'As in a service';
const FIRST_SIZES = /^100 keys, zipfian$|callers|at a time|the function|^one number$|distinct/;

/** The report, in Markdown; `charts` are the names of the pictures beside it. */
export function reportOf(made: Made, results: readonly Result[], charts: readonly string[]) {
  const flat = results.filter(({ x }) => x === undefined);
  const curves = curvesOf(results);
  return [
    '# Benchmarks',
    intro(made),
    ...section('## What the design asks', targets(flat)),
    ...section('## Beside peers with a bound and a ttl', beside(flat)),
    ...section('## Where a peer that does as much is ahead', ahead(flat)),
    ...charts.filter((name) => !name.startsWith('growth')).map(picture),
    ...groups(flat).flatMap(([group, cases]) => [`## ${group}`, ...tables(cases)]),
    ...(curves.length > 0 ? ['## As it grows'] : []),
    ...curves.flatMap((curve) => [
      `### ${curve.title}`,
      ...charts.filter((name) => name === chartName(curve)).map(picture),
      growth(curve),
      ...refusals(curve),
    ]),
    '## How it was measured',
    foot(made, results),
  ]
    .filter((part) => part !== '')
    .join('\n\n')
    .concat('\n');
}

export const chartName = ({ title }: { title: string }): string => {
  const found = Object.entries(CURVES).find(([, curve]) => curve.title === title);
  return `growth-${found?.[0] ?? 'other'}.svg`;
};

const picture = (name: string): string => `![${name.replace('.svg', '')}](charts/${name})`;
const section = (title: string, body: string): string[] => (body === '' ? [] : [title, body]);

function intro({ on, processes, rounds, quick }: Made): string {
  const runs = `${processes} process runs of ${rounds} rounds each`;
  return `Each figure is a ratio of times to the limit of its case, measured in the same round: the median over ${runs}, with the least and the greatest. 1 is the limit, less is better.${quick ? ' **A quick run, to try things out: believe none of it.**' : ''} On ${on}.`;
}

/** A table in Markdown. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  const rule = head.map((_, i) => (i === 0 ? '---' : '--:'));
  return [line(head), line(rule), ...rows.map(line)].join('\n');
}

export function targets(results: readonly Result[]): string {
  const rows = targetsOf(results).map(({ what, asked, measured, met }) => [
    what,
    asked,
    written(measured),
    met ? 'yes' : '**no**',
  ]);
  return rows.length === 0 ? '' : table(['case', 'asked', 'measured', 'met'], rows);
}

/** Each peer's time as a multiple of memoaside's. Above 1, memoaside is ahead. */
export function beside(results: readonly Result[]): string {
  const cases = results.filter(
    ({ group, name, lines }) => FIRST_SIZES.test(name) && US in lines && !group.startsWith(SERVICE),
  );
  const peers = new Set(
    cases.flatMap((result) => Object.keys(result.lines).filter((who) => comparable(result, who))),
  );
  const chosen = cases.filter((result) => [...peers].some((who) => comparable(result, who)));
  if (chosen.length === 0) return '';
  const rows = [...peers].map((who) => [
    who,
    ...chosen.map((result) => {
      const ratio: Spread | undefined = comparable(result, who) ? result.pair(who, US) : undefined;
      if (ratio === undefined) return '';
      const alike = result.lines[who]!.does!.collisionFree ? ' =' : '';
      return `${digits(ratio.median)}${alike}`;
    }),
  ]);
  const head = chosen.map(({ group }) => group.replace('Concurrent misses', 'Misses'));
  const note =
    'The peer’s time as a multiple of memoaside’s, at 100 keys, zipfian: above 1, memoaside is ahead. `=` marks keys as collision-free as memoaside’s, so that the peer does as much.';
  return `${note}\n\n${table(['peer', ...head], rows)}`;
}

/** Every case in which a peer with a bound, a ttl and keys that do not collide takes less time. */
export function ahead(results: readonly Result[]): string {
  const rows = results.flatMap((result) =>
    Object.entries(result.lines)
      .filter(([who, { does }]) => comparable(result, who) && does?.collisionFree === true)
      .map(([who]) => [who, result, result.pair(who, US)] as const)
      .filter(([, , ratio]) => ratio !== undefined && ratio.median < 1)
      .map(([who, { group, name }, ratio]) => [`${group}, ${name}`, who, written(ratio!)]),
  );
  const note =
    'The peer’s time as a multiple of memoaside’s. “By hand” is a closure around the store: it counts nothing, keeps a promise that was rejected, and stores what was invalidated while it was computed.';
  return rows.length === 0 ? 'In no case.' : `${note}\n\n${table(['case', 'peer', 'time'], rows)}`;
}

/**
 * The time of this library as a multiple of the other one's: 1.1 is a tenth slower. V8 may compile the same
 * code differently in two processes, so the median is the one of the process runs' medians.
 */
export function versus(results: readonly Result[]): string {
  const rows = results.flatMap(({ group, name, lines, pairs }) =>
    Object.keys(lines)
      .filter((who) => who.startsWith(US))
      .flatMap((who) => {
        const ratio = spreadOf(pairs(who, who.replace(US, OTHER)));
        return ratio === undefined ? [] : [[`${group}, ${name}`, who, written(ratio)]];
      }),
  );
  return rows.length === 0 ? '' : table(['case', '', 'times the other'], rows);
}

export function groups(results: readonly Result[]): [string, Result[]][] {
  const found = new Map<string, Result[]>();
  for (const result of results)
    found.set(result.group, [...(found.get(result.group) ?? []), result]);
  const order = [
    ...['As in a service', 'Sync hit', 'Async hit', 'Concurrent', 'Sync', 'Async'],
    ...['memcached', 'Breaker'],
  ];
  const rank = (name: string): number => order.findIndex((start) => name.startsWith(start));
  return [...found].sort(([a], [b]) => rank(a) - rank(b));
}

/** One column a case, one row a contestant, sorted by the median in the first column that has one. */
export function tables(cases: readonly Result[]): string[] {
  const sorted = [...cases].sort((a, b) => sizeOf(a.name) - sizeOf(b.name));
  const names = [...new Set(sorted.flatMap(({ lines }) => Object.keys(lines)))];
  const middle = (who: string): number =>
    sorted.find(({ lines, name }) => who in lines && FIRST_SIZES.test(name))?.lines[who]?.ratio
      .median ?? Infinity;
  const rows = names
    .sort((a, b) => middle(a) - middle(b))
    .map((who) => {
      const line = sorted.find(({ lines }) => who in lines)!.lines[who]!;
      const mark = (yes: boolean | undefined): string => (yes === undefined ? '' : yes ? '✓' : '–');
      const { bound, ttl, collisionFree } = line.does ?? {};
      return [
        who === US ? `**${who}**` : who,
        ...[mark(bound), mark(ttl), mark(collisionFree)],
        ...sorted.map(({ lines }) => {
          const cell = lines[who];
          return cell === undefined
            ? ''
            : `${written(cell.ratio)}${cell.remark === undefined ? '' : `, ${cell.remark}`}`;
        }),
      ];
    });
  const head = ['', 'bound', 'ttl', 'keys', ...sorted.map(({ name }) => name)];
  return [`Times ${sorted[0]!.limit}.`, table(head, rows)];
}

const sizeOf = (name: string): number =>
  (parseInt(name.replace(/(\d) (?=\d)/g, '$1'), 10) || 0) + (name.includes('zipfian') ? 0.5 : 0);

export function growth({ x, limit, at, of, points }: Drawn): string {
  const xs = [...new Set(points.map((point) => point.x))];
  const names = [...new Set(points.map(({ who }) => who))];
  const rows = names.map((who) => [
    who,
    ...xs.map((place) => {
      const point = points.find((one) => one.x === place && one.who === who);
      return point === undefined ? '' : digits(point.multiple.median);
    }),
  ]);
  const unit = `Multiples of ${of} of ${limit} at ${at} ${x}, in the same process run.`;
  return `${unit}\n\n${table([x, ...xs.map(String)], rows)}`;
}

const refusals = ({ x, missing }: Drawn): string[] =>
  missing.map(({ x: at, who, why }) => `At ${at} ${x}, ${who} ${why}.`);

function foot({ versions, seconds, slice, rounds }: Made, results: readonly Result[]): string {
  const notes = new Map<string, string>();
  for (const { lines } of results)
    for (const [who, { does }] of Object.entries(lines))
      if (does !== undefined && does.note !== '') notes.set(who, does.note);
  const gone = new Set(
    results
      .filter(({ x }) => x === undefined)
      .flatMap(({ group, name, missing }) =>
        Object.entries(missing)
          .filter(([, why]) => !why.startsWith('left out above'))
          .map(([who, why]) => `- ${who}, in “${group}, ${name}”: ${why}`),
      ),
  );
  return [
    `The contestants of a case take turns in random order, ${rounds} times a process run (where a tenth counts, more often), for about ${slice} ms each in process, after they have run until compiled. In process their time is processor time. All get the same arguments in the same order. Strings and objects are built afresh for each call, inside the measured time. The sum of the returned values is checked, and no call of a hit may compute: a contestant that fails either check is left out. So is, in large sets, a contestant that searches a list or takes longer to fill than the case. As in a service, all contestants have seven functions of each kind in one process, and their arguments are built beforehand. The peers’ figures include their default statistics and events. Bound, ttl and keys (collision-free ones of its own making, or of the Map for a single primitive) say what each does. The run took ${seconds} s.`,
    ...(gone.size > 0 ? ['Left out:', [...gone].join('\n')] : []),
    'Notes:',
    [...notes].map(([who, note]) => `- ${who}: ${note}`).join('\n'),
    `Versions: ${Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', ')}.`,
  ].join('\n\n');
}
