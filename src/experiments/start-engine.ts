import type { Backend } from '../engine/index.js';
import { notice } from '../runner/notice.js';

/**
 * Starts the engine, and says which it is and why. Loaded only now: TensorFlow.js takes longer than a
 * help text or the message about a wrong option may.
 * @returns its name and version
 * @throws UsageError as `chooseEngine`
 */
export async function startEngine(backend: Backend | undefined, say = notice): Promise<string> {
  const { chooseEngine } = await import('../engine/index.js');
  const { name, version, reason } = await chooseEngine({ backend });
  say(reason);
  return `${name} ${version}`;
}
