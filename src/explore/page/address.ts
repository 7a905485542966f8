/** The part of the address behind '#': which view, of what, with which words, and the runs among these, each once. */
export function readAddress() {
  const [path = '', query = ''] = location.hash.replace(/^#\/?/, '').split('?');
  const [view = '', ...names] = path.split('/').map(decoded);
  const words = new URLSearchParams(query);
  return { view: view || 'play', names, words, runs: [...new Set(words.getAll('run'))] };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export type Address = ReturnType<typeof readAddress>;
