import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { omegaNames, type OmegaName } from '../../../index.js';
import { writeAddress, type Address } from '../address.js';
import { FrameClock } from './frame-clock.js';
import { OmegaPanel } from './omega-panel.js';
import { Asker, type Answer } from './questions.js';
import { SettingField } from './setting-field.js';
import type { Details, Frame } from './solve.js';
import {
  gammaRange,
  gridOf,
  linkOf,
  mostPaths,
  problemOf,
  stateOf,
  usualState,
  withSetting,
  type PlayState,
} from './state.js';
import { plays } from './table.js';
import { ThetaPanel } from './theta-panel.js';
import { NumberInput, usedNumber } from '../number-field.js';
import { shortNumber } from '../numbers.js';

interface Shown {
  frames: readonly Frame[];
  details: readonly Details[];
  threads: number;
  error: string | undefined;
}

const nothing: Shown = { frames: [], details: [], threads: 1, error: undefined };

/** The playground: one program under two Ω, and everything about it. */
export function Playground({ address }: { address: Address }) {
  const [{ state, wrong }, setState] = useState(() =>
    stateOf(address.names[0] ?? '', address.words),
  );
  const [shown, setShown] = useState(nothing);
  const [clock] = useState(() => new FrameClock());
  const [fps, setFps] = useState<number>();
  const asker = useRef<Asker>(undefined);
  const written = useRef('');

  const change = (some: Partial<PlayState> | ((now: PlayState) => Partial<PlayState>)) =>
    setState(({ state: now }) => ({
      state: { ...now, ...(typeof some === 'function' ? some(now) : some) },
      wrong: [],
    }));

  // Another link than the one that was written here: somebody followed it, or went back.
  useEffect(() => {
    if (location.hash === written.current) return;
    written.current = location.hash;
    setShown(nothing);
    setState(stateOf(address.names[0] ?? '', address.words));
  }, [address]);

  useLayoutEffect(() => {
    const take = (answer: Answer) =>
      // Drawn with the screen's next frame, which is also what is counted.
      requestAnimationFrame((now) => {
        if (answer.kind === 'frame') clock.tick(now);
        setShown((before) => shownAfter(before, answer));
      });
    asker.current = new Asker(take);
    return () => asker.current?.stop();
  }, []);

  const { play, settings, edits, omegas, gamma, cell, k } = state;
  const words = useMemo(
    () => linkOf({ ...usualState(play, settings), edits }),
    [play, settings, edits],
  );
  useLayoutEffect(() => {
    asker.current?.ask({ kind: 'frame', words, omegas, gamma });
    // While something is dragged only the frames count; the address is not written at each of them.
    const wait = setTimeout(() => {
      asker.current?.ask({ kind: 'details', words, omegas, gamma, cell, k });
      const link = linkOf(state);
      // Back leads to the program before; what is changed in one has no place of its own.
      const before = /^#\/play\/([^?]+)/.exec(written.current)?.[1] ?? play.name;
      written.current = link;
      writeAddress(link, before !== play.name);
      setFps(clock.rate());
    }, 120);
    return () => clearTimeout(wait);
  }, [words, omegas, gamma, cell, k]);

  // While γ is dragged none of this changes, and nothing of it is made or drawn again.
  const axes = useMemo(() => play.axes(settings), [words]);
  const size = axes.rows.length * axes.cols.length;
  const frames = shown.frames.every(({ expected }) => expected.length === size) ? shown.frames : [];
  const details = shown.details.every(({ product }) => product.length === size)
    ? shown.details
    : [];
  const grid = useMemo(() => gridOf(state), [words]);
  const setOmega = (side: number, omega: OmegaName) =>
    change({ omegas: [side === 0 ? omega : omegas[0], side === 1 ? omega : omegas[1]] });
  const setTheta = (value: number) =>
    change(({ edits }) => ({
      edits: new Map([...edits, [cell, value]]),
    }));

  const fields = useMemo(
    () =>
      play.settings.map((setting) => (
        <SettingField
          key={`${play.name} ${setting.key}`}
          setting={setting}
          value={settings[setting.key]!}
          onValue={(value) => change((now) => withSetting(now, setting.key, value))}
        />
      )),
    [words],
  );
  const theta = useMemo(
    () => (
      <ThetaPanel
        play={play}
        axes={axes}
        grid={grid}
        cell={cell}
        edited={edits.size}
        onCell={(next) => change({ cell: next })}
        onTheta={setTheta}
        onReset={() => change({ edits: new Map() })}
      />
    ),
    [words, cell],
  );

  return (
    <>
      <h1>{play.title}</h1>
      <p class="about">{play.about}</p>
      {wrong.length > 0 && <p role="alert">In the link: {wrong.join('; ')}.</p>}
      {shown.error !== undefined && <p role="alert">{shown.error}</p>}
      <form class="controls" onSubmit={(event) => event.preventDefault()}>
        <label>
          program
          <select
            value={play.name}
            onChange={({ currentTarget }) => {
              const next = plays.find(({ name }) => name === currentTarget.value)!;
              setShown(nothing);
              setState({ state: { ...usualState(next), omegas, gamma }, wrong: [] });
            }}
          >
            {plays.map(({ name, title }) => (
              <option value={name}>{title}</option>
            ))}
          </select>
        </label>
        {fields}
        <GammaField gamma={gamma} onGamma={(next) => change({ gamma: next })} />
        <label>
          paths
          <NumberInput
            label="paths"
            least={1}
            most={mostPaths}
            step={1}
            value={k}
            onValue={(next) => change({ k: next })}
          />
        </label>
      </form>
      <p class="quiet" role="status" data-rate={fps}>
        Computed in this page, on {frames[0]?.runsOn ?? '…'}, {shown.threads}{' '}
        {shown.threads === 1 ? 'thread' : 'threads'}
        {fps === undefined ? '' : `; ${Math.round(fps)} frames a second at the last drag`}.
      </p>
      <div class="panels">
        {omegas.map((omega, side) => (
          <OmegaPanel
            key={side}
            side={side}
            title={side === 0 ? 'A' : 'B'}
            omega={omega}
            omegas={omegaNames}
            onOmega={(next) => setOmega(side, next)}
            play={play}
            problem={problemOf(state)}
            axes={axes}
            frame={frames[side]}
            details={details[side]}
            cell={cell}
            onCell={(next) => change({ cell: next })}
          />
        ))}
      </div>
      {theta}
    </>
  );
}

function shownAfter(before: Shown, answer: Answer): Shown {
  switch (answer.kind) {
    case 'frame':
      return { ...before, frames: answer.frames, threads: answer.threads, error: undefined };
    case 'details':
      return { ...before, details: answer.details };
    default:
      return { ...before, frames: [], details: [], error: answer.message };
  }
}

/** γ on a slider of its logarithm, and as a number. */
function GammaField({ gamma, onGamma }: { gamma: number; onGamma(gamma: number): void }) {
  const { least, most } = gammaRange;
  return (
    <label class="gamma">
      γ
      <input
        type="range"
        aria-label="γ, on a logarithmic scale"
        aria-valuetext={shortNumber(gamma)}
        min={Math.log10(least)}
        max={Math.log10(most)}
        step="0.01"
        value={Math.log10(gamma)}
        onInput={({ currentTarget }) =>
          onGamma(usedNumber(String(10 ** Number(currentTarget.value)), gammaRange) ?? gamma)
        }
      />
      <NumberInput label="γ" least={least} most={most} value={gamma} onValue={onGamma} />
    </label>
  );
}
