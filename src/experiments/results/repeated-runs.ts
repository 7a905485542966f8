import { contentsOf, type Fingerprint } from '../../runner/run/data-files.js';
import { notice } from '../../runner/notice.js';

/** A finished run, as far as it tells whether another one has done the same. */
interface Done {
  path: string;
  result: { config: object; files?: readonly Fingerprint[] | undefined };
}

/**
 * Runs without those that repeat another one: the same settings and seed on the same data, whatever their
 * configs are called. Tables would take such a run for a further seed.
 * @param say told of each that is left out
 */
export function withoutRepeats<Run extends Done>(
  runs: readonly Run[],
  say: (text: string) => void = notice,
): Run[] {
  const first = new Map<string, string>();
  return runs.filter(({ path, result: { config, files } }) => {
    const settings = { ...config, name: undefined, title: undefined };
    const key = JSON.stringify([settings, files && contentsOf(files)]);
    const before = first.get(key);
    if (before === undefined) {
      first.set(key, path);
      return true;
    }
    say(
      `${path} has the settings, the seed and the data of ${before}: it is no further seed, and left out`,
    );
    return false;
  });
}
