import { useEffect, useId, useState } from 'preact/hooks';
import { NumberInput } from '../number-field.js';
import { SeriesField } from './series-field.js';
import type { Setting } from './play.js';
import { checkSetting } from './state.js';

export interface SettingFieldProps {
  setting: Setting;
  value: number | string;
  onValue(value: number | string): void;
}

/** A field for a setting; what cannot be is said below it, and the last good value stays in use. */
export function SettingField({ setting, value, onValue }: SettingFieldProps) {
  const [wrong, setWrong] = useState<string>();
  const message = useId();
  // Another value, as of a link that was followed, is not what was wrong.
  useEffect(() => setWrong(undefined), [value]);
  const take = (text: string) => {
    const checked = checkSetting(setting, text);
    setWrong(checked.wrong);
    if (checked.value !== undefined && checked.value !== value) onValue(checked.value);
  };
  const common = {
    value: String(value),
    'aria-invalid': wrong !== undefined,
    'aria-describedby': wrong === undefined ? undefined : message,
  };
  return (
    <div class={`field ${setting.kind}`}>
      <label>
        {setting.label}
        {setting.kind === 'choice' ? (
          <select {...common} onChange={({ currentTarget }) => take(currentTarget.value)}>
            {setting.values.map((one) => (
              <option value={one}>{one}</option>
            ))}
          </select>
        ) : setting.kind === 'number' ? (
          <NumberInput {...setting} value={Number(value)} onValue={onValue} />
        ) : setting.kind === 'text' ? (
          <input
            {...common}
            dir="auto"
            onChange={({ currentTarget }) => take(currentTarget.value)}
          />
        ) : (
          <textarea
            {...common}
            rows={setting.kind === 'edges' ? 6 : 2}
            spellcheck={false}
            onChange={({ currentTarget }) => take(currentTarget.value)}
          />
        )}
      </label>
      {setting.kind === 'series' && (
        <SeriesField
          label={setting.label}
          text={String(value)}
          most={setting.most}
          onText={take}
          onWrong={setWrong}
        />
      )}
      {wrong !== undefined && (
        <p id={message} class="wrong" role="alert">
          {wrong}
        </p>
      )}
    </div>
  );
}
