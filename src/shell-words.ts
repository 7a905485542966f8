/** Letters that no shell minds, wherever they stand. */
const plain = /^[\w@%+=:,./-]+$/;
const plainOnWindows = /^[\w@+=:,./\\-]+$/;
// oxlint-disable-next-line no-control-regex
const control = /[\x00-\x1f\x7f]/;

/**
 * A word as a user would type it, so that a command shown can be copied: in single quotes for a
 * POSIX shell where it needs any, control characters as $'\n'; in double quotes for cmd and
 * PowerShell.
 */
export function shellWord(word: string, platform: NodeJS.Platform = process.platform): string {
  if (platform === 'win32') {
    return plainOnWindows.test(word) ? word : `"${word.replaceAll('"', '\\"')}"`;
  }
  if (plain.test(word)) return word;
  return control.test(word) ? `$${escaped(word)}` : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** A command line that gives a program these words. */
export const shellWords = (words: readonly string[], platform?: NodeJS.Platform) =>
  words.map((word) => shellWord(word, platform)).join(' ');

/**
 * A command of ours that can be copied. Its options are long ones: what begins with a single dash is a
 * file or a folder.
 */
export const shellCommand = (words: readonly string[], platform?: NodeJS.Platform) =>
  shellWords(
    words.map((word) => (/^-(?!-)/.test(word) ? asPath(word) : word)),
    platform,
  );

/** A path as a word that no command takes for an option. */
export const asPath = (path: string) => (path.startsWith('-') ? `./${path}` : path);

/** As bash, zsh and POSIX shells since 2024 read it after a $: one line, whatever is in it. */
function escaped(word: string): string {
  const text = word
    .replaceAll(/[\\']/g, '\\$&')
    .replaceAll(new RegExp(control, 'g'), (character) => {
      return `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`;
    });
  return `'${text}'`;
}
