import { render } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Playground } from './play/playground.js';
import { ListenView } from './listen/listen-view.js';
import { RunsView } from './recorded/runs-view.js';
import { readAddress } from './address.js';
import { TaggerView } from './models/tagger-view.js';
import { TranslatorView } from './models/translator-view.js';

const views = { play: 'Playground', runs: 'Runs', listen: 'Listen' } as const;
/** What a tab, the history and a bookmark call each view. */
const titles: Readonly<Record<string, string>> = {
  ...views,
  tagger: 'Tagger',
  translator: 'Translator',
};

function Page() {
  const [address, setAddress] = useState(readAddress);
  useEffect(() => {
    const changed = () => setAddress(readAddress());
    addEventListener('hashchange', changed);
    return () => removeEventListener('hashchange', changed);
  }, []);
  const title = titles[address.view] ?? views.play;
  useEffect(() => {
    document.title = `${title} – didyprog`;
  }, [title]);
  return (
    <>
      <header class="top">
        <a class="home" href="#/play">
          didyprog
        </a>
        <nav aria-label="Views">
          {Object.entries(views).map(([view, title]) => (
            <a href={`#/${view}`} aria-current={address.view === view ? 'page' : undefined}>
              {title}
            </a>
          ))}
        </nav>
      </header>
      <main>
        {address.view === 'runs' ? (
          <RunsView address={address} />
        ) : address.view === 'tagger' ? (
          <TaggerView address={address} />
        ) : address.view === 'translator' ? (
          <TranslatorView address={address} />
        ) : address.view === 'listen' ? (
          <ListenView />
        ) : (
          <Playground address={address} />
        )}
      </main>
    </>
  );
}

const place = document.getElementById('page')!;
// What stood there for browsers in which nothing runs.
place.replaceChildren();
render(<Page />, place);
