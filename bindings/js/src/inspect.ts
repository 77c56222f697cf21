// A look at a model before it is fetched.
import { Connection } from './client.js';
import type { ModelDescription } from './description.js';
import { throwIfAborted, WasmchordError } from './errors.js';
import { loadMessage, messageOf, type LoadOptions } from './model.js';
import type { ModelSource, SourceOptions } from './source/index.js';

export interface InspectOptions extends SourceOptions, Pick<LoadOptions, 'worker' | 'variant' | 'wasmBase'> {
  /** Positions to estimate the memory for; 0 or left out: the model's own context length. */
  contextLength?: number;
}

/**
 * Describes a GGUF model, whether or not this package can run it, from its header alone: no weights are fetched.
 * Rejects as loadModel() does. A `Response` or stream can be read only once and is refused.
 */
export async function inspectModel(source: ModelSource, options: InspectOptions = {}): Promise<ModelDescription> {
  throwIfAborted(options.signal);
  if (source instanceof Response || source instanceof ReadableStream) {
    throw new WasmchordError('invalid_argument', 'a stream can be read only once: load it without looking first');
  }
  const { contextLength = 0, signal } = options;
  if (!Number.isInteger(contextLength) || contextLength < 0 || contextLength >= 2 ** 32) {
    throw new WasmchordError('invalid_argument', 'contextLength: an integer from 0 to 2^32 - 1 is needed');
  }
  const [message] = messageOf(source);
  const connection = options.worker === false ? await Connection.inline() : Connection.worker();
  try {
    return await connection.request('inspect', { ...loadMessage(message, options), contextLength }, { signal }).value;
  } finally {
    connection.close();
  }
}
