/** A number of things in words: '1 sentence', '2 sentences', '3 entries'. */
export const counted = (count: number, noun: string, plural = `${noun}s`): string =>
  `${count} ${count === 1 ? noun : plural}`;
