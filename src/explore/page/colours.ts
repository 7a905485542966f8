import { useEffect, useState } from 'preact/hooks';

/** Colours of a probability from 0 to 1: from the paper's colour to its ink, over a blue. */
interface Scale {
  low: readonly [number, number, number];
  middle: readonly [number, number, number];
  high: readonly [number, number, number];
}

const light: Scale = { low: [255, 255, 255], middle: [86, 145, 214], high: [8, 29, 88] };
const dark: Scale = { low: [24, 28, 33], middle: [45, 106, 177], high: [222, 235, 255] };
/** Below 0, and above. */
const signedLight: Scale = { low: [178, 76, 0], middle: [255, 255, 255], high: [8, 81, 156] };
const signedDark: Scale = { low: [255, 153, 85], middle: [24, 28, 33], high: [120, 180, 255] };

const darkScheme = () => matchMedia('(prefers-color-scheme: dark)');

/** Whether the reader's scheme is dark, also after it has changed. */
export function useDark(): boolean {
  const [isDark, setDark] = useState(() => darkScheme().matches);
  useEffect(() => {
    const scheme = darkScheme();
    const changed = () => setDark(scheme.matches);
    scheme.addEventListener('change', changed);
    return () => scheme.removeEventListener('change', changed);
  }, []);
  return isDark;
}

/**
 * 256 colours as words of an ImageData, for 0 … 1, or for −1 … 1 when `signed`. Probabilities take the
 * square root, so that one sees small ones.
 */
export function coloursOf(signed: boolean, isDark: boolean): Uint32Array {
  const scale = isDark ? (signed ? signedDark : dark) : signed ? signedLight : light;
  return Uint32Array.from({ length: 256 }, (_, index) => {
    const at = signed ? index / 255 : Math.sqrt(index / 255);
    const [from, to, part] =
      at < 0.5 ? [scale.low, scale.middle, 2 * at] : [scale.middle, scale.high, 2 * at - 1];
    const [r, g, b] = from.map((low, n) => Math.round(low + part * (to[n]! - low)));
    return (255 << 24) | (b! << 16) | (g! << 8) | r!;
  });
}
