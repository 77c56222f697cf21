// What is said of a model before its weights are fetched.
import { WC_LOAD_VOCAB_ONLY } from './abi.js';
import { describedModel, type ModelDescription, type WireDescription } from './description.js';
import { Engine, type Loader } from './engine.js';
import { throwIfAborted, WasmchordError } from './errors.js';
import type { Call } from './host.js';
import { sourceOf } from './host_load.js';
import type { LoadMessage } from './protocol.js';
import { openHeader } from './source/index.js';
import { chooseVariant } from './variants.js';

/** Feeds no more than the header needs: describes also what a loader refuses behind a complete header. */
async function describe(
  loader: Loader, chunks: AsyncIterable<Uint8Array>, contextLength: number, signal: AbortSignal,
): Promise<WireDescription> {
  for await (const chunk of chunks) {
    throwIfAborted(signal);
    let refused: unknown;
    try {
      loader.feed(chunk);
    } catch (error) {
      refused = error;
    }
    const description = loader.describe(contextLength);
    if (description) return description as WireDescription;
    if (refused) throw refused;
  }
  throw new WasmchordError('malformed', 'the file ends inside of its header');
}

export async function inspectHeader(
  message: LoadMessage & { contextLength: number }, { signal }: Call,
): Promise<ModelDescription> {
  const { source, variant, wasmBase, contextLength, fetch } = message;
  const engine = await Engine.create(chooseVariant(variant, undefined), undefined, message, wasmBase);
  try {
    const opened = await openHeader(sourceOf(source), { ...fetch, signal });
    const loader = engine.newLoader(opened.size, WC_LOAD_VOCAB_ONLY);
    return describedModel(await describe(loader, opened.chunks, contextLength, signal), opened);
  } finally {
    engine.module.dispose();
  }
}
