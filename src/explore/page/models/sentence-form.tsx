import type { ModelUse } from './use-model.js';

export interface SentenceFormProps {
  text: string;
  onText(text: string): void;
  use: ModelUse;
  /** So many characters are taken. */
  most: number;
}

/** The first characters of a text; none is cut in two. */
export const firstCharacters = (text: string, most: number) =>
  text.slice(0, most).replace(/[\uD800-\uDBFF]$/, '');

/** Where a sentence is typed; shows the model on its way, which one may cancel. */
export function SentenceForm({ text, onText, use, most }: SentenceFormProps) {
  return (
    <>
      {use.errors.map((error) => (
        <p role="alert">{error}</p>
      ))}
      <form class="controls" onSubmit={(event) => event.preventDefault()}>
        <label class="sentence">
          sentence
          <textarea
            dir="auto"
            rows={3}
            value={text}
            onInput={({ currentTarget }) => onText(currentTarget.value)}
          />
        </label>
        {use.loading !== undefined && (
          <>
            <label>
              loading the model
              <progress value={use.loading} max="1" />
            </label>
            <button type="button" onClick={() => use.stop()}>
              Cancel
            </button>
          </>
        )}
      </form>
      {text.length > most && (
        <p class="quiet" role="status">
          The first {most} of {text.length} characters are taken: more take too long.
        </p>
      )}
    </>
  );
}
