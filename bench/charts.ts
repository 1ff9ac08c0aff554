import { load } from './contestants/contestant.js';
import type { Drawn } from './curves.js';
import type { Result } from './stats.js';

/** Text and lines are legible on light and dark backgrounds. */
const STYLE = `
svg { color: #57606a; background: transparent; font: 11px system-ui, sans-serif; }
@media (prefers-color-scheme: dark) { svg { color: #9aa4af; } }`;
const OURS = '#e36209';
const LIMIT = '#8b949e';
const PEERS = ['#2f81f7', '#3fa34d', '#a371f7', '#d0679d', '#b08800', '#1b9e9e'];

/** Dots on a logarithmic axis, with a line from the least to the greatest: one panel per case. */
export async function dots(
  title: string,
  panels: readonly (readonly [string, Result])[],
): Promise<string> {
  const { Plot, options } = await drawing();
  const limit = panels[0]![1].limit;
  const rows = panels.flatMap(([panel, { lines }]) =>
    Object.entries(lines).map(([who, { ratio }]) => ({ panel, who, ...ratio })),
  );
  const middle = (who: string): number => {
    const all = rows.filter((row) => row.who === who).map(({ median }) => median);
    return Math.exp(all.reduce((sum, value) => sum + Math.log(value), 0) / all.length);
  };
  const names = [...new Set(rows.map(({ who }) => who))].sort((a, b) => middle(a) - middle(b));
  const stroke = (row: { who: string }): string => colour(row.who, limit);
  const place = { x: 'median', y: 'who', fx: 'panel' };
  return svg(
    Plot.plot({
      ...options,
      title: undefined,
      ariaLabel: title,
      width: 170 + 190 * panels.length,
      height: 70 + 17 * names.length,
      marginLeft: 170,
      marginTop: 36,
      x: { type: 'log', grid: true, label: `times ${limit}`, tickFormat: '~s', ticks: 4 },
      y: { domain: names, label: null },
      fx: { domain: panels.map(([panel]) => panel), label: null, padding: 0.08 },
      marks: [
        Plot.ruleX([1], { stroke: LIMIT, strokeDasharray: '3,3' }),
        Plot.ruleY(rows, { x1: 'least', x2: 'greatest', y: 'who', fx: 'panel', stroke }),
        Plot.dot(rows, { ...place, fill: stroke, r: 3 }),
      ],
    }),
    title,
  );
}

/** Lines on two logarithmic axes, each named at its end. */
export async function lines({ title, x, limit, at, points }: Drawn): Promise<string> {
  const { Plot, options } = await drawing();
  const rows = points.map(({ multiple, ...rest }) => ({ ...rest, ...multiple }));
  const names = [...new Set(rows.map(({ who }) => who))];
  const stroke = (row: { who: string }): string => colour(row.who, limit, names);
  const last = names.map((who) => rows.filter((row) => row.who === who).at(-1)!);
  const unit = `times ${limit} at ${at.toLocaleString('en').replaceAll(',', ' ')}`;
  const plot = (labels: readonly unknown[]) =>
    Plot.plot({
      ...options,
      ariaLabel: title,
      width: 560,
      height: 300,
      marginRight: 130,
      marginTop: 30,
      x: { type: 'log', label: x, tickFormat: '~s', ticks: 6 },
      y: { type: 'log', grid: true, label: unit, tickFormat: '~r', ticks: 5 },
      marks: [
        Plot.line(rows, { x: 'x', y: 'median', z: 'who', stroke, strokeWidth: 1.6 }),
        Plot.ruleX(rows, { x: 'x', y1: 'least', y2: 'greatest', stroke, strokeOpacity: 0.5 }),
        Plot.dot(rows, { x: 'x', y: 'median', fill: stroke, r: 2.5 }),
        ...labels,
      ],
    });
  const scale = plot([]).scale('y') as { apply(value: number): number };
  const shifts = spaced(last.map(({ median }) => scale.apply(median)));
  const label = (row: (typeof last)[number], i: number): unknown =>
    Plot.text([row], {
      ...{ x: 'x', y: 'median', text: 'who', fill: stroke, textAnchor: 'start' },
      ...{ dx: 8, dy: shifts[i] },
    });
  return svg(plot(last.map(label)), title);
}

/** The shift of each label, so that no two labels overlap. */
function spaced(places: readonly number[], least = 13): number[] {
  const shifts = places.map(() => 0);
  let free = -Infinity;
  for (const i of places.map((_, at) => at).sort((a, b) => places[a]! - places[b]!)) {
    const place = Math.max(places[i]!, free);
    shifts[i] = place - places[i]!;
    free = place + least;
  }
  return shifts;
}

function colour(who: string, limit: string, all: readonly string[] = []): string {
  if (who.startsWith('memoaside')) return OURS;
  if (who === limit) return LIMIT;
  const peers = all.filter((name) => name !== limit && !name.startsWith('memoaside'));
  return PEERS[Math.max(0, peers.indexOf(who)) % PEERS.length]!;
}

async function drawing() {
  const Plot = await load('@observablehq/plot');
  const { parseHTML } = await load('linkedom');
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  return { Plot, options: { document, style: { background: 'none' } } };
}

function svg(node: { outerHTML: string }, title: string): string {
  const text = /<svg[\s\S]*<\/svg>/.exec(node.outerHTML)?.[0];
  if (text === undefined) throw new Error('the plot has no svg');
  return text
    .replace(/<style>[\s\S]*?<\/style>/, `<title>${title}</title><style>${STYLE}</style>`)
    .replace(/^<svg(?![^>]*xmlns=)/, '<svg xmlns="http://www.w3.org/2000/svg"')
    .concat('\n');
}
