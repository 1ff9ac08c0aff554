// Characters that encodeURIComponent does not encode, besides letters and digits.
const UNENCODED = /[-_.!~*'()]/g;
const LONE_SURROGATE = /\p{Surrogate}/u;
const EACH_CHARACTER = /[^]/gu;

/**
 * Percent-encodes every run of characters that `runs` matches, as UTF-8. `runs` must not match letters or
 * digits. A lone surrogate, which UTF-8 cannot represent, becomes `%uD800`. If `runs` matches `%`, different
 * strings have different results.
 */
export function percentEncode(text: string, runs: RegExp): string {
  return text.replace(runs, encodeRun);
}

function encodeRun(run: string): string {
  return LONE_SURROGATE.test(run)
    ? run.replace(EACH_CHARACTER, encodeCharacter)
    : encodeURIComponent(run).replace(UNENCODED, encodeAscii);
}

function encodeCharacter(character: string): string {
  return LONE_SURROGATE.test(character)
    ? `%u${character.charCodeAt(0).toString(16).toUpperCase()}`
    : encodeURIComponent(character).replace(UNENCODED, encodeAscii);
}

function encodeAscii(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}
