// A model as a LanguageModelV4 of the AI SDK. Of its packages only types are used.
import type {
  LanguageModelV4, LanguageModelV4CallOptions, LanguageModelV4FinishReason, LanguageModelV4GenerateResult,
  LanguageModelV4Message, LanguageModelV4StreamPart, LanguageModelV4StreamResult, LanguageModelV4Usage,
  SharedV4Warning,
} from '@ai-sdk/provider';
import { type AdapterModel, type AdapterOptions, type Answer, Answers, given, LEFT, toStream } from './adapters/answers.js';
import type { ChatMessage, ChatOptions } from './chat.js';
import { WasmchordError } from './errors.js';
import type { GenerationResult } from './protocol.js';

export type { AdapterModel, AdapterOptions, AdapterSession } from './adapters/answers.js';

function toMessage({ role, content }: LanguageModelV4Message): ChatMessage {
  if (typeof content === 'string') return { role, content };
  const texts = content.map((part) => {
    if (part.type === 'text') return part.text;
    throw new WasmchordError('unsupported', `prompt parts of type "${part.type}" cannot be acted on`);
  });
  return { role, content: texts.join('') };
}

function toOptions(options: LanguageModelV4CallOptions): ChatOptions {
  const { maxOutputTokens: maxTokens, stopSequences: stop, abortSignal: signal } = options;
  const { temperature, topP, topK, presencePenalty, frequencyPenalty, seed } = options;
  return given({ maxTokens, stop, signal, temperature, topP, topK, presencePenalty, frequencyPenalty, seed });
}

function warningsFor({ tools, responseFormat, reasoning }: LanguageModelV4CallOptions): SharedV4Warning[] {
  const features = [
    ...(tools?.length ? ['tools'] : []),
    ...(responseFormat?.type === 'json' ? ['responseFormat'] : []),
    ...(reasoning !== undefined && reasoning !== 'provider-default' ? ['reasoning'] : []),
  ];
  return features.map((feature) => ({ type: 'unsupported', feature }));
}

function finishReason({ endReason }: GenerationResult): LanguageModelV4FinishReason {
  return { unified: endReason === 'end' || endReason === 'stop' ? 'stop' : 'length', raw: endReason };
}

function usageOf({ promptTokens, reusedTokens, tokens }: GenerationResult): LanguageModelV4Usage {
  const total = promptTokens + reusedTokens;
  return {
    inputTokens: { total, noCache: promptTokens, cacheRead: reusedTokens, cacheWrite: undefined },
    outputTokens: { total: tokens, text: tokens, reasoning: 0 },
  };
}

/** The SDK's view of a loaded model. Calls may overlap; each then has a session of its own. */
class WasmchordLanguageModel implements LanguageModelV4 {
  readonly specificationVersion = 'v4';
  readonly provider = 'wasmchord';
  readonly modelId: string;
  /** None: files have to be given as text. */
  readonly supportedUrls = {};
  readonly #answers: Answers;

  constructor(answers: Answers) {
    this.#answers = answers;
    this.modelId = answers.model.info.name || 'gguf';
  }

  async doGenerate(options: LanguageModelV4CallOptions): Promise<LanguageModelV4GenerateResult> {
    const pieces = this.#answer(options);
    let text = '';
    for (;;) {
      const { done, value } = await pieces.next();
      if (done) {
        return {
          content: text === '' ? [] : [{ type: 'text', text }],
          finishReason: finishReason(value),
          usage: usageOf(value),
          warnings: warningsFor(options),
          response: { modelId: this.modelId, timestamp: new Date() },
        };
      }
      text += value;
    }
  }

  async doStream(options: LanguageModelV4CallOptions): Promise<LanguageModelV4StreamResult> {
    return { stream: toStream(this.#parts(options)) };
  }

  #answer(options: LanguageModelV4CallOptions): Answer {
    return this.#answers.answer(options.prompt.map(toMessage), toOptions(options));
  }

  async *#parts(options: LanguageModelV4CallOptions): AsyncGenerator<LanguageModelV4StreamPart, void, void> {
    yield { type: 'stream-start', warnings: warningsFor(options) };
    yield { type: 'response-metadata', modelId: this.modelId, timestamp: new Date() };
    const id = '0';
    let pieces: Answer | undefined;
    try {
      pieces = this.#answer(options);
      yield { type: 'text-start', id };
      for (;;) {
        const { done, value } = await pieces.next();
        if (done) {
          yield { type: 'text-end', id };
          yield { type: 'finish', finishReason: finishReason(value), usage: usageOf(value) };
          return;
        }
        yield { type: 'text-delta', id, delta: value };
      }
    } catch (error) {
      yield { type: 'error', error };
    } finally {
      await pieces?.return(LEFT);
    }
  }
}

/** A provider that gives one model under any name. */
export interface WasmchordProvider {
  (): LanguageModelV4;
  languageModel(): LanguageModelV4;
  /** Gives back the session that is kept for the next call; the model stays. */
  dispose(): void;
}

/** For example `generateText({ model: createWasmchord(model)(), prompt })`. */
export function createWasmchord(model: AdapterModel, options: AdapterOptions = {}): WasmchordProvider {
  const answers = new Answers(model, options);
  const languageModel = (): LanguageModelV4 => new WasmchordLanguageModel(answers);
  return Object.assign(() => languageModel(), { languageModel, dispose: () => answers.dispose() });
}
