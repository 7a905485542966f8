import type { Backend } from '../backends.js';
import { UsageError } from '../errors.js';
import { notice } from '../runner/notice.js';

/**
 * Starts the engine, and says which it is and why. Loaded only now: TensorFlow.js takes longer than a
 * help text or the message about a wrong option may.
 * @param backend what the user asks for
 * @returns its name and version
 * @throws UsageError as `chooseEngine`
 */
export async function startEngine(backend: Backend | undefined, say = notice): Promise<string> {
  const { chooseEngine } = await import('../engine/index.js');
  const { name, version, reason } = await chooseEngine({ backend });
  say(reason);
  return `${name} ${version}`;
}

/**
 * Starts the engine of a run’s last start, and says so.
 * @returns its name and version
 * @throws UsageError when it does not work here
 */
export async function startEngineAgain(backend: Backend, say = notice): Promise<string> {
  const { startBackend } = await import('../engine/index.js');
  const { available, version, problem } = await startBackend(backend);
  if (!available) {
    throw new UsageError(
      `the run’s last start was on the engine ${backend}, which does not work here: ${problem}. ` +
        'With --backend it goes on with another',
    );
  }
  const engine = `${backend} ${version ?? 'unknown'}`;
  say(`engine: ${engine} (as in the run’s last start)`);
  return engine;
}
