// The script of an alignment's page: it is written into the page as it is, so it imports nothing. The
// page of `didyprog explore` calls it.

/** What the page shows. Times are seconds of the recording. */
export interface AlignmentPageData {
  /** By onset; a note that is played twice is there twice. */
  notes: readonly { id: string; from: number; to: number }[];
  /** In the order in which they are played. */
  events: readonly { seconds: number; label: string; doubtSeconds?: number }[];
  /** By γ, ascending. */
  soft: readonly {
    gamma: number;
    hopSeconds: number;
    /** Of each event, when its first share is, and its shares in hops as bytes of base64. */
    events: readonly { from: number; shares: string }[];
  }[];
}

/** Seconds that the soft alignment shows before and after now. */
const around = 4;

/**
 * Lets the score follow its player.
 * @param main holds both, as `alignmentPage` lays them out
 * @param ended when they are shown no more
 */
export function start(data: AlignmentPageData, main: Element, ended?: AbortSignal): void {
  const audio = main.querySelector<HTMLAudioElement>('.player audio')!;
  const spoken = main.querySelector('.player p')!;
  const score = main.querySelector<HTMLElement>('.score')!;
  const { notes, events, soft } = data;

  // Ids come from the score: they are looked for within it alone.
  const elements = new Map<string, Element>();
  for (const element of score.querySelectorAll('[id]')) elements.set(element.id, element);
  const lit = new Set<Element>();

  /** The last event that has begun; −1 before the first. */
  const eventAt = (seconds: number) => {
    let [low, high] = [0, events.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (events[middle]!.seconds <= seconds + 1e-3) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  };

  function light(now: number): void {
    const sounding = new Set<Element>();
    for (const { id, from, to } of notes) {
      if (from > now + 1e-3) break;
      const element = to > now ? elements.get(id) : undefined;
      if (element) sounding.add(element);
    }
    for (const element of lit) if (!sounding.has(element)) element.classList.remove('lit');
    let isNew = false;
    for (const element of sounding) {
      if (!lit.has(element)) isNew = true;
      element.classList.add('lit');
    }
    lit.clear();
    for (const element of sounding) lit.add(element);
    if (isNew) follow([...sounding][0]!);
  }

  /** Scrolls the score alone, never the page. */
  function follow(element: Element): void {
    const [box, view] = [element.getBoundingClientRect(), score.getBoundingClientRect()];
    if (box.bottom > view.bottom || box.top < view.top) {
      score.scrollTop += box.top - view.top - view.height / 3;
    }
    if (box.right > view.right || box.left < view.left) {
      score.scrollLeft += box.left - view.left - view.width / 4;
    }
  }

  let said = -1;
  function update(): void {
    const now = audio.currentTime;
    light(now);
    drawSoft(now);
    const event = eventAt(now);
    // While it plays, a screen reader would talk over the music.
    if (audio.paused && event !== said) spoken.textContent = events[event]?.label ?? '';
    said = event;
  }
  /** The player shows what cannot be played; a pause may come before the first sound. */
  const listen = () => void audio.play().catch(() => undefined);
  function play(): void {
    update();
    if (!audio.paused && !ended?.aborted) requestAnimationFrame(play);
  }
  const go = (seconds: number) => {
    audio.currentTime = Math.max(0, seconds);
    update();
  };
  audio.addEventListener('play', play);
  for (const name of ['seeking', 'seeked', 'pause', 'timeupdate'])
    audio.addEventListener(name, update);

  score.addEventListener('click', ({ target }) => {
    const note = (target as Element).closest('.note, .chord');
    const ids = note && [note, ...note.querySelectorAll('[id]')].map(({ id }) => id);
    const times = notes.filter(({ id }) => ids?.includes(id)).map(({ from }) => from);
    if (times.length === 0) return;
    // Of a note that is played again, the next time, else the first.
    const later = times.find((seconds) => seconds > audio.currentTime + 0.05);
    go(later ?? times[0]!);
    listen();
  });
  score.addEventListener('keydown', (keys) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[keys.key];
    if (step !== undefined) {
      const event = Math.max(0, Math.min(events.length - 1, eventAt(audio.currentTime) + step));
      go(events[event]!.seconds);
    } else if (keys.key === ' ') {
      if (audio.paused) listen();
      else audio.pause();
    } else return;
    keys.preventDefault();
  });

  const doubtful = events.filter(({ doubtSeconds }) => doubtSeconds !== undefined);
  const doubts = main.querySelector<HTMLElement>('.doubts')!;
  doubts.hidden = doubtful.length === 0;
  for (const { seconds, label, doubtSeconds } of doubtful) {
    for (const { id, from } of notes) {
      if (Math.abs(from - seconds) < 0.05) elements.get(id)?.classList.add('doubtful');
    }
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = `${label}, ±${doubtSeconds!.toFixed(2)} s`;
    button.addEventListener('click', () => go(seconds));
    const item = document.createElement('li');
    item.append(button);
    doubts.querySelector('ul')!.append(item);
  }

  const canvas = main.querySelector('canvas');
  const slider = main.querySelector<HTMLInputElement>('#gamma');
  const shares = soft.map((one) =>
    one.events.map((event) => Uint8Array.from(atob(event.shares), (byte) => byte.charCodeAt(0))),
  );
  if (slider) {
    slider.max = `${soft.length - 1}`;
    const usual = soft.findIndex(({ gamma }) => gamma >= 1);
    slider.value = `${usual < 0 ? soft.length - 1 : usual}`;
    slider.addEventListener('input', update);
  }

  function drawSoft(now: number): void {
    if (!canvas || !slider) return;
    const at = Number(slider.value);
    const { gamma, hopSeconds, events: softEvents } = soft[at]!;
    slider.setAttribute('aria-valuetext', `${gamma}`);
    main.querySelector('output')!.textContent = `${gamma}`;
    const scale = devicePixelRatio;
    const [width, height] = [canvas.clientWidth * scale, canvas.clientHeight * scale];
    if (canvas.width !== width || canvas.height !== height) {
      [canvas.width, canvas.height] = [width, height];
    }
    const context = canvas.getContext('2d')!;
    const colours = getComputedStyle(document.documentElement);
    context.clearRect(0, 0, width, height);
    const x = (seconds: number) => ((seconds - now + around) / (2 * around)) * width;
    const first = Math.max(0, eventAt(now - around));
    const last = Math.max(first, eventAt(now + around));
    const row = height / (last - first + 1);
    for (let event = first; event <= last; event++) {
      const values = shares[at]![event]!;
      let most = 1;
      for (const value of values) most = Math.max(most, value);
      const isDoubtful = events[event]!.doubtSeconds !== undefined;
      context.fillStyle = colours.getPropertyValue(isDoubtful ? '--doubt' : '--link');
      for (let n = 0; n < values.length; n++) {
        if (values[n] === 0) continue;
        context.globalAlpha = Math.sqrt(values[n]! / most);
        const left = x(softEvents[event]!.from + n * hopSeconds);
        const size = Math.max(1, x(softEvents[event]!.from + (n + 1) * hopSeconds) - left);
        context.fillRect(left, (event - first) * row, size, Math.max(1, row - 1));
      }
    }
    context.globalAlpha = 1;
    context.fillStyle = colours.getPropertyValue('--ink');
    context.fillRect(width / 2, 0, Math.max(1, scale), height);
  }
  canvas?.addEventListener('click', ({ offsetX }) => {
    go(audio.currentTime + (offsetX / canvas.clientWidth - 0.5) * 2 * around);
  });
  const until = ended && { signal: ended };
  addEventListener('resize', update, until);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', update, until);
  update();
}

const data = document.querySelector('script[type="application/json"]');
if (data) start(JSON.parse(data.textContent) as AlignmentPageData, document.querySelector('main')!);
