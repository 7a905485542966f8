/** Says which cells would do the same: one that names a value which the base has, say. */
export function saySame(
  path: string,
  cells: readonly { name: string; config: object }[],
  say: (text: string) => void,
): void {
  const known = new Map<string, string>();
  const same = cells.flatMap(({ name, config }) => {
    const settings = JSON.stringify(config);
    const first = known.get(settings);
    if (first === undefined) known.set(settings, name);
    return first === undefined ? [] : [`${name} the same as ${first}`];
  });
  if (same.length === 0) return;
  const more = same.length > 3 ? `, and ${same.length - 3} more` : '';
  say(`${path}: cells have the same settings: ${same.slice(0, 3).join(', ')}${more}`);
}
