import { useEffect, useId, useState } from 'preact/hooks';

/** What a number may be: whole ones where `step` is 1. */
export interface NumberRange {
  least: number;
  most: number;
  step?: number;
}

export interface NumberInputProps extends NumberRange {
  label: string;
  value: number;
  onValue(value: number): void;
}

/** The number that is used of what was typed; undefined for what cannot be. */
export function usedNumber(text: string, { least, most, step }: NumberRange): number | undefined {
  const value = Number(text);
  if (text.trim() === '' || !(value >= least && value <= most)) return undefined;
  // Six digits, which are shown, too.
  return step === 1 ? Math.round(value) : Number(value.toPrecision(6));
}

/** What a number must be, for a message. */
export const expectedNumber = (label: string, { least, most }: NumberRange) =>
  `${label}: a number from ${least} to ${most}`;

/** An input that shows the number in use, and says what is allowed where another was typed. */
export function NumberInput({ label, value, onValue, ...range }: NumberInputProps) {
  const [wrong, setWrong] = useState<string>();
  const message = useId();
  // Another value, as of a link that was followed, is not what was wrong.
  useEffect(() => setWrong(undefined), [value]);
  return (
    <>
      <input
        type="number"
        aria-label={label}
        aria-describedby={wrong === undefined ? undefined : message}
        min={range.least}
        max={range.most}
        step={range.step ?? 'any'}
        value={value}
        onChange={({ currentTarget }) => {
          const used = usedNumber(currentTarget.value, range);
          setWrong(used === undefined ? expectedNumber(label, range) : undefined);
          currentTarget.value = String(used ?? value);
          if (used !== undefined && used !== value) onValue(used);
        }}
      />
      {wrong !== undefined && (
        <span id={message} class="wrong" role="alert">
          {wrong}
        </span>
      )}
    </>
  );
}
