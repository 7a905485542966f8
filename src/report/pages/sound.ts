import { encodeWav16, type Audio } from '../../data/readers/audio/wav.js';

/** Zero crossings of the interpolating sinc on either side. */
const reach = 16;

/**
 * The audio at a lower (or another) sample rate, by a Hann-windowed sinc: what the new rate cannot
 * hold is filtered out first. O(samples · reach · rate ratio).
 */
export function resample({ sampleRate, samples }: Audio, newRate: number): Audio {
  const cutoff = Math.min(1, newRate / sampleRate);
  const step = sampleRate / newRate;
  const width = reach / cutoff;
  const resampled = new Float64Array(Math.floor(samples.length / step));
  for (let n = 0; n < resampled.length; n++) {
    const centre = n * step;
    const first = Math.max(0, Math.ceil(centre - width));
    const last = Math.min(samples.length - 1, Math.floor(centre + width));
    let sum = 0;
    for (let k = first; k <= last; k++) {
      const distance = k - centre;
      const window = 0.5 + 0.5 * Math.cos((Math.PI * distance) / width);
      sum += samples[k]! * window * cutoff * sinc(cutoff * distance);
    }
    resampled[n] = sum;
  }
  return { sampleRate: newRate, samples: resampled };
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

const click = { seconds: 0.03, hertz: 1800, level: 0.5 };

/** The audio, turned down, with a short click at each of `onsets` (seconds from its beginning). */
export function withClicks({ sampleRate, samples }: Audio, onsets: readonly number[]): Audio {
  const clicked = samples.map((value) => 0.5 * value);
  for (const onset of onsets) {
    const start = Math.round(onset * sampleRate);
    for (let n = Math.max(0, -start); n < click.seconds * sampleRate; n++) {
      if (start + n >= clicked.length) break;
      const seconds = n / sampleRate;
      const fade = 1 - seconds / click.seconds;
      clicked[start + n]! += click.level * fade * Math.sin(2 * Math.PI * click.hertz * seconds);
    }
  }
  return { sampleRate, samples: clicked };
}

/** A stretch of the audio, scaled so that its loudest sample is 0.9. */
export function excerptOf({ sampleRate, samples }: Audio, seconds: readonly [number, number]) {
  const [from, to] = seconds.map((time) => Math.round(time * sampleRate));
  const stretch = samples.slice(from, to);
  let loudest = 0;
  for (const value of stretch) loudest = Math.max(loudest, Math.abs(value));
  return { sampleRate, samples: stretch.map((value) => (0.9 * value) / (loudest || 1)) };
}

/** The audio as a 16-bit WAV inside a URL, for a page that fetches nothing. */
export function wavUrl(audio: Audio): string {
  return `data:audio/wav;base64,${Buffer.from(encodeWav16(audio)).toString('base64')}`;
}
