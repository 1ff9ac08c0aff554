// What encodeURIComponent leaves as it is besides letters and digits.
const LEFT = /[-_.!~*'()]/g;
const LONE_SURROGATE = /\p{Surrogate}/u;
const ANY = /[^]/gu;

/**
 * Percent-encodes every run of characters that `runs` matches, as UTF-8; `runs` matches no letter or
 * digit. A lone surrogate, which UTF-8 cannot hold, becomes `%uD800`. Injective where `runs` matches `%`.
 */
export function percentEncode(text: string, runs: RegExp): string {
  return text.replace(runs, encodeRun);
}

function encodeRun(run: string): string {
  return LONE_SURROGATE.test(run)
    ? run.replace(ANY, encodePoint)
    : encodeURIComponent(run).replace(LEFT, encodeAscii);
}

function encodePoint(point: string): string {
  return LONE_SURROGATE.test(point)
    ? `%u${point.charCodeAt(0).toString(16).toUpperCase()}`
    : encodeURIComponent(point).replace(LEFT, encodeAscii);
}

function encodeAscii(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}
