import { curvesOf } from './curves.js';
import { ahead, beside, groups, growth, tables, targets, versus } from './report.js';
import type { Result } from './stats.js';

/** The report's tables, with their columns aligned. */
export function print(results: readonly Result[]): void {
  const flat = results.filter(({ x }) => x === undefined);
  for (const [group, cases] of groups(flat)) show(group, tables(cases).join('\n'));
  for (const curve of curvesOf(results)) show(curve.title, growth(curve));
  show('Beside peers with a bound and a ttl', beside(flat));
  show('Where a peer that does as much is ahead', ahead(flat));
  show('What the design asks', targets(flat));
  show('Beside the other library', versus(flat));
}

function show(title: string, text: string): void {
  if (text === '') return;
  const rows = text.split('\n').map((line) => line.split(/(?<!\\)\|/).map((cell) => cell.trim()));
  const widths: number[] = [];
  for (const row of rows)
    if (row.length > 1)
      row.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, cell.length)));
  const lines = rows
    .filter((row) => !row.includes('---'))
    .map((row) =>
      row.length === 1
        ? row[0]!
        : row
            .slice(1, -1)
            .map((cell, i) => (i === 0 ? cell.padEnd(widths[1]!) : cell.padStart(widths[i + 1]!)))
            .join('  '),
    );
  console.log(`\n${title}\n${lines.filter((line) => line !== '').join('\n')}`);
}
