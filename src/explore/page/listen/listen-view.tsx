import { useEffect, useRef, useState } from 'preact/hooks';
import { alignmentSteps } from '../../../alignment/align-audio.js';
import { FileInput } from '../file-input.js';
import { HeardPanel } from './heard-panel.js';
import { useAligner, type AlignState } from './use-aligner.js';

const scoreNames = /\.(midi?|kar|rmi|musicxml|xml|mxl|mei|krn)$/i;
const isScore = ({ name, type }: File) => scoreNames.test(name) || /^audio\/.*midi?$/.test(type);

/** The files that were chosen: they are there again when the view is left and comes back. */
const chosen: { recording?: File | undefined; score?: File | undefined } = {};

/** A recording and its score, aligned in the page, to listen to. */
export function ListenView() {
  const [recording, setRecording] = useState(chosen.recording);
  const [score, setScore] = useState(chosen.score);
  useEffect(() => {
    Object.assign(chosen, { recording, score });
  }, [recording, score]);
  const [isOver, setOver] = useState(false);
  const { state, align, cancel } = useAligner();

  const take = (files: FileList | null | undefined) => {
    for (const file of files ?? []) (isScore(file) ? setScore : setRecording)(file);
  };
  return (
    <>
      <h1>A recording and its score</h1>
      <p class="about">
        Choose a recording and its score, or drop both: see when the recording plays each event, and
        how sure that is. Everything is computed here; no file leaves this page.
      </p>
      <form
        class={`controls drop ${isOver ? 'over' : ''}`}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          event.preventDefault();
          setOver(false);
          take(event.dataTransfer?.files);
        }}
        onSubmit={(event) => {
          event.preventDefault();
          if (recording && score) void align(recording, score);
        }}
      >
        <FileField
          label="recording (WAV, MP3, FLAC, Ogg)"
          accept="audio/*,.wav,.mp3,.flac,.ogg,.oga,.opus"
          file={recording}
          onFile={setRecording}
        />
        <FileField
          label="score (MIDI; didyprog align file reads others too)"
          accept=".mid,.midi,.kar,.rmi,audio/midi"
          file={score}
          onFile={setScore}
        />
        <button type="submit" disabled={!recording || !score}>
          Align
        </button>
        {state.kind === 'working' && (
          <button type="button" onClick={cancel}>
            Cancel
          </button>
        )}
      </form>
      <Progress state={state} />
      {state.kind === 'heard' && <HeardPanel {...state} />}
    </>
  );
}

interface FileFieldProps {
  label: string;
  accept: string;
  file: File | undefined;
  onFile(file: File | undefined): void;
}

function FileField({ label, accept, file, onFile }: FileFieldProps) {
  const input = useRef<HTMLInputElement>(null);
  // A file that was dropped stands in the field like one that was chosen.
  useEffect(() => {
    if (!file || input.current!.files?.[0] === file) return;
    const dropped = new DataTransfer();
    dropped.items.add(file);
    input.current!.files = dropped.files;
  }, [file]);
  return (
    <label class="file">
      {label}
      <FileInput input={input} accept={accept} onFile={onFile} />
    </label>
  );
}

function Progress({ state }: { state: AlignState }) {
  if (state.kind === 'error') return <p role="alert">{state.message}</p>;
  const steps: readonly string[] = ['the files', ...alignmentSteps];
  return (
    <p class="quiet" role="status">
      {state.kind === 'working' && (
        <>
          <progress
            aria-label="The alignment"
            value={steps.indexOf(state.step)}
            max={steps.length}
          />{' '}
          {state.step} …
        </>
      )}
      {state.kind === 'cancelled' && 'cancelled'}
      {state.kind === 'heard' && `${state.aligned.events.length} onsets in ${state.recording.name}`}
    </p>
  );
}
