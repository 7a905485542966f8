import type { EngineFlags } from '../experiment.js';
import { UsageError } from '../../errors.js';
import { openTranslator, type OpenedTranslator } from './saved-translator.js';
import type { Translation } from './translator.js';
import { writeAside } from '../../runner/write-aside.js';
import { notice } from '../../runner/notice.js';
import { checkAnyFilled, checkSentences, inParts, readSentences } from '../read-sentences.js';
import { kindOfRun } from '../results/run-kind.js';
import { startEngine } from '../start-engine.js';
import { writeData, writeResult } from '../../terminal.js';

export interface TranslateFlags extends EngineFlags {
  file?: string;
  beam?: number;
  figure?: string;
  with?: string[];
}

/** More sentences than this make no picture. */
const mostInFigure = 20;

/** Translates sentences and prints them, a line each. */
export async function translate(
  run: string,
  sentences: readonly string[],
  flags: TranslateFlags,
): Promise<void> {
  // A list of runs behind one --with, as it once was.
  const listed: string[] = [];
  for (const text of flags.with ? sentences : []) {
    if ((await kindOfRun(text)) === 'translator') listed.push(text);
  }
  const given = sentences.filter((text) => !listed.includes(text));
  await checkSentences(given, flags);
  if (flags.with && !flags.figure) {
    throw new UsageError('--with sets runs side by side in a figure: give --figure FILE, too');
  }
  const runs: OpenedTranslator[] = [];
  for (const path of [run, ...(flags.with ?? []), ...listed]) {
    runs.push(await openTranslator(path));
  }
  const texts = given.length > 0 ? given : await readSentences(flags.file);
  if (flags.figure) checkAnyFilled(texts);
  if (flags.figure && texts.length > mostInFigure) {
    throw new UsageError(
      `--figure: ${texts.length} sentences; a figure has room for ${mostInFigure}`,
    );
  }
  const translators = [];
  for (const { start, config } of runs) translators.push({ translator: await start(), config });
  await startEngine(flags.backend);
  const columns = [];
  const cut = new CutSentences();
  for (const [at, { translator, config }] of translators.entries()) {
    const decoding = { ...config.decoding, beam: flags.beam ?? config.decoding.beam };
    const maps: { source: string[]; target: string[]; weights: Float32Array[] }[] = [];
    await inParts(texts, 'translate', async (part, first) => {
      const translations = await translator.translate(part, decoding);
      if (at === 0) {
        cut.add(translations, first);
        print(translations, flags.json === true);
      }
      if (!flags.figure) return;
      for (const { sourceTokens, tokens, weights } of translations) {
        maps.push({ source: sourceTokens, target: tokens, weights });
      }
    });
    columns.push({ name: `${config.model.attention}`, maps });
  }
  cut.say();
  if (flags.figure) {
    const { attentionFigure } = await import('../../report/figures/attention-figure.js');
    await writeAside(flags.figure, attentionFigure(columns));
    notice(`Figure ${flags.figure}`);
  }
}

/** The sentences of which only the beginning was translated. */
class CutSentences {
  #count = 0;
  #first: { place: number; length: number; kept: number } | undefined;

  /** @param before how many sentences there are before these */
  add(translations: readonly Translation[], before: number): void {
    for (const [at, { sourceTokens, sourceLength }] of translations.entries()) {
      const kept = sourceTokens.length;
      if (kept === sourceLength) continue;
      this.#first ??= { place: before + at + 1, length: sourceLength, kept };
      this.#count++;
    }
  }

  say(): void {
    if (!this.#first) return;
    const { place, length, kept } = this.#first;
    notice(
      `sentence ${place} has ${length} tokens: only the first ${kept} are translated, four times ` +
        'decoding.maximumLength' +
        (this.#count > 1 ? `; so it is with ${this.#count - 1} more` : ''),
    );
  }
}

function print(translations: readonly Translation[], json: boolean): void {
  for (const { text, sourceTokens, tokens, weights, logProbability } of translations) {
    const record = {
      ...{ text, sourceTokens, tokens, logProbability },
      weights: weights.map((row) => Array.from(row)),
    };
    if (json) writeResult(`${JSON.stringify(record)}\n`);
    else writeData(`${text}\n`);
  }
}
