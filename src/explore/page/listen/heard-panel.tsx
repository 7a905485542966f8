import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { listeningData, rollNotes } from '../../../experiments/align/file/listening-data.js';
import { eventLabel } from '../../../experiments/align/file/onset-files.js';
import { start } from '../../../report/pages/alignment-page-script.js';
import { scoreRoll } from '../../../report/figures/score-roll.js';
import { ChartTable } from '../numbers.js';
import type { Heard } from './questions.js';

/** An aligned recording: its player, the score as a roll, the soft alignment, the onsets as a table. */
export function HeardPanel({ recording, score, aligned, notices }: Heard & { recording: File }) {
  const panel = useRef<HTMLDivElement>(null);
  const [address, setAddress] = useState<string>();
  useEffect(() => {
    const made = URL.createObjectURL(recording);
    setAddress(made);
    return () => URL.revokeObjectURL(made);
  }, [recording]);
  const drawn = useMemo(() => rollNotes(score), [score]);
  const roll = useMemo(() => ({ __html: scoreRoll(drawn) }), [drawn]);
  useEffect(() => {
    const shown = new AbortController();
    start(listeningData({ score, aligned, drawn }), panel.current!, shown.signal);
    return () => shown.abort();
  }, [aligned]);

  return (
    // What `start` fills and listens to is made anew with each alignment.
    <div ref={panel}>
      {[...notices, ...aligned.structure, ...aligned.warnings].map((text) => (
        <p class="wrong">{text}</p>
      ))}
      <section class="player" aria-label="Player">
        <audio controls preload="auto" aria-label="The recording" src={address} />
        <p class="quiet" aria-live="polite" />
      </section>
      <section>
        <h2>The score</h2>
        <p class="quiet">
          A click on a note plays from there. With the score in focus, the arrow keys go from event
          to event, and space plays and pauses.
        </p>
        <div
          class="score"
          role="group"
          tabIndex={0}
          aria-label="The score"
          // Numbers alone: nothing of a file's text is in it.
          dangerouslySetInnerHTML={roll}
        />
      </section>
      <section class="soft">
        <h2>The soft alignment</h2>
        <p class="quiet">
          A row is an event of the score, the darker the more probable that it begins there; the
          line is now. A larger γ spreads it.
        </p>
        <div class="controls">
          <div class="gamma">
            <label for="gamma">γ</label>
            <input id="gamma" type="range" min="0" step="1" />
            <output for="gamma" />
          </div>
        </div>
        <canvas role="img" aria-label="The soft alignment around now" />
      </section>
      <section class="doubts" hidden>
        <h2>Doubtful places</h2>
        <ul class="places" />
      </section>
      <ChartTable
        caption="Onsets"
        columns={['event', 'seconds', 'from', 'to', 'in the score']}
        rows={() =>
          aligned.events.map((event, at) => [
            eventLabel(event, at),
            ...[event.onsetSeconds, ...event.interval, event.scoreOnsetSeconds].map((seconds) =>
              seconds.toFixed(3),
            ),
          ])
        }
      />
    </div>
  );
}
