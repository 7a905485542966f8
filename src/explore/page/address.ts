/** The part of the address behind '#': which view, of what, with which words. */
export function readAddress() {
  const [path = '', query = ''] = location.hash.replace(/^#\/?/, '').split('?');
  const [view = '', ...names] = path.split('/').map(decoded);
  return { view: view || 'play', names, words: new URLSearchParams(query) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export type Address = ReturnType<typeof readAddress>;
