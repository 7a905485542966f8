/** The views that an address can name; the playground is what any other one shows. */
const views = ['play', 'runs', 'listen', 'tagger', 'translator'];

/** The part of the address behind '#': which view, of what, with which words, and the runs among these, each once. */
export function readAddress(hash = location.hash) {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?');
  const [view = '', ...names] = path.split('/').map(decoded);
  const words = new URLSearchParams(query);
  return {
    view: views.includes(view) ? view : 'play',
    names,
    words,
    runs: [...new Set(words.getAll('run'))],
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export type Address = ReturnType<typeof readAddress>;

/**
 * Writes what a view shows into the address, as a place of its own or in place of the one before. Not when
 * another view was asked for and is about to be shown: that link would be lost.
 */
export function writeAddress(hash: string, isPlace = false): void {
  if (location.hash === hash || readAddress(hash).view !== readAddress().view) return;
  if (isPlace) history.pushState(null, '', hash);
  else history.replaceState(null, '', hash);
}
