/** Characters, not UTF-16 units: what a terminal counts. */
export const displayWidth = (text: string) => [...text].length;

/** A text in lines of at most `width` characters, broken at spaces where there are any. */
export function wrapped(text: string, limit: number): string[] {
  const width = Math.max(1, limit);
  if (displayWidth(text) <= width) return [text];
  const lines: string[] = [];
  let line: string[] = [];
  for (const word of text.split(' ')) {
    let letters = [...word];
    const room = () => (line.length === 0 ? width : width - line.length - 1);
    if (letters.length > room() && line.length > 0) {
      lines.push(line.join(''));
      line = [];
    }
    while (letters.length > width) {
      lines.push(letters.slice(0, width).join(''));
      letters = letters.slice(width);
    }
    line.push(...(line.length === 0 ? [] : [' ']), ...letters);
  }
  lines.push(line.join(''));
  return lines;
}

/** Lines that are too long for a screen broken at spaces, each part with the indentation of its line. */
export function wrapLines(text: string, width: number): string {
  return text
    .split('\n')
    .flatMap((line) => {
      // A command is to be copied whole.
      if (displayWidth(line) <= width || /^\s*(npx )?didyprog /.test(line)) return [line];
      const indent = /^ */.exec(line)![0];
      const room = Math.max(20, width - indent.length);
      return wrapped(line.slice(indent.length), room).map((part) => indent + part);
    })
    .join('\n');
}

/** Paragraphs with each line joined to the one before it. What is set in, or has columns, stays. */
export function joinLines(text: string): string {
  const isProse = (line: string) => /^\S/.test(line) && !line.includes('  ');
  return text
    .split('\n')
    .reduce<string[]>((lines, line) => {
      const before = lines.at(-1);
      if (before !== undefined && isProse(before) && isProse(line)) {
        lines[lines.length - 1] = `${before} ${line}`;
      } else lines.push(line);
      return lines;
    }, [])
    .join('\n');
}
