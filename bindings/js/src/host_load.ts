// Loading in the thread of the engine: bytes go from the source to their final place as they arrive.
import { WC_LOAD_TRUST_WEIGHTS, WC_LOAD_VOCAB_ONLY } from './abi.js';
import { Engine, type Loader } from './engine.js';
import type { EngineModel } from './engine_model.js';
import { throwIfAborted } from './errors.js';
import type { Call } from './host.js';
import { nextTurn } from './platform.js';
import type { LoadMessage, SourceMessage } from './protocol.js';
import { openSource, type ModelSource, type OpenedSource } from './source/index.js';
import { chooseVariant } from './variants.js';

/** Milliseconds of feeding after which messages are heard. */
const HEAR_MS = 20;

export function sourceOf(message: SourceMessage): ModelSource {
  if (message.kind === 'source') return message.source;
  return new Response(message.body, message.length === null ? {} : { headers: { 'content-length': message.length } });
}

async function feedAll(opened: OpenedSource, loader: Loader, signal: AbortSignal): Promise<void> {
  let heard = performance.now();
  let first = true;
  for await (const file of opened.files) {
    if (!first) loader.nextFile(file.size);
    first = false;
    for await (const chunk of file.chunks) {
      loader.feed(chunk);
      if (performance.now() - heard > HEAR_MS) {
        await nextTurn();
        heard = performance.now();
      }
      throwIfAborted(signal);
    }
  }
}

export async function loadEngineModel(
  message: LoadMessage,
  { signal, send }: Call,
): Promise<{ engine: Engine; model: EngineModel; metadata: Record<string, unknown> }> {
  const { fetch, variant, wasmBase, vocabularyOnly, trustWeights } = message;
  const { headers, ...rest } = fetch;
  const options = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  const opened = await openSource(sourceOf(message.source), {
    ...options,
    ...(headers ? { headers } : {}),
    signal,
    onProgress: (progress) => send({ progress }),
  });
  try {
    const choice = chooseVariant(variant, opened.totalBytes);
    const engine = await Engine.create(choice, opened.totalBytes, message, wasmBase);
    try {
      throwIfAborted(signal);
      const flags = (vocabularyOnly ? WC_LOAD_VOCAB_ONLY : 0) | (trustWeights ? WC_LOAD_TRUST_WEIGHTS : 0);
      const loader = engine.newLoader(undefined, flags);
      await feedAll(opened, loader, signal);
      const description = loader.describe();
      // Of a file that ends within its header there is none, and finish() says why.
      const model = loader.finish();
      const { metadata } = description as { metadata: Record<string, unknown> };
      loader.dispose();
      return { engine, model, metadata };
    } catch (error) {
      engine.module.dispose();
      throw error;
    }
  } finally {
    opened.close();
  }
}
