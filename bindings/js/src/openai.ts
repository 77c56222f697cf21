// chat.completions in the shape of OpenAI's client, answered by a model in this process.
import { type AdapterModel, type AdapterOptions, type Answer, Answers, given, LEFT } from './adapters/answers.js';
import type { ChatMessage, ChatOptions } from './chat.js';
import { WasmchordError } from './errors.js';
import type { GenerationResult } from './protocol.js';

export type { AdapterModel, AdapterOptions, AdapterSession } from './adapters/answers.js';

export interface ChatCompletionMessageParam {
  role: 'system' | 'developer' | 'user' | 'assistant' | 'tool';
  content: string | { type: string; text?: string }[];
}

/** The parameters that are acted on; others that change the answer are refused with code 'unsupported'. */
export interface ChatCompletionCreateParams {
  messages: ChatCompletionMessageParam[];
  /** Given back as it is; the model is the one that the client was made for. */
  model?: string;
  stream?: boolean | null;
  stream_options?: { include_usage?: boolean } | null;
  max_tokens?: number | null;
  max_completion_tokens?: number | null;
  temperature?: number | null;
  top_p?: number | null;
  presence_penalty?: number | null;
  frequency_penalty?: number | null;
  logit_bias?: Record<string, number> | null;
  seed?: number | null;
  stop?: string | string[] | null;
  n?: number | null;
}

export type FinishReason = 'stop' | 'length';

export interface CompletionUsage {
  prompt_tokens: number;
  completion_tokens: number;
  total_tokens: number;
  prompt_tokens_details: { cached_tokens: number };
}

export interface ChatCompletion {
  id: string;
  object: 'chat.completion';
  /** Seconds since 1970. */
  created: number;
  model: string;
  choices: {
    index: 0;
    message: { role: 'assistant'; content: string; refusal: null };
    finish_reason: FinishReason;
    logprobs: null;
  }[];
  usage: CompletionUsage;
}

export interface ChatCompletionChunk {
  id: string;
  object: 'chat.completion.chunk';
  created: number;
  model: string;
  choices: {
    index: 0;
    delta: { role?: 'assistant'; content?: string };
    finish_reason: FinishReason | null;
    logprobs: null;
  }[];
  usage?: CompletionUsage | null;
}

export interface RequestOptions {
  signal?: AbortSignal;
}

const UNSUPPORTED = ['tools', 'tool_choice', 'functions', 'response_format', 'logprobs', 'audio', 'modalities'];

function refuseUnsupported(params: ChatCompletionCreateParams): void {
  const all = params as unknown as Record<string, unknown>;
  const asked = UNSUPPORTED.find((name) => all[name] != null && all[name] !== false);
  const name = (params.n ?? 1) !== 1 ? 'n' : asked;
  if (name !== undefined) throw new WasmchordError('unsupported', `chat.completions: "${name}" cannot be acted on`);
}

function toMessages(params: ChatCompletionMessageParam[]): ChatMessage[] {
  if (!Array.isArray(params)) throw new WasmchordError('invalid_argument', 'chat.completions: "messages" is no list');
  return params.map(({ role, content }) => {
    const parts = typeof content === 'string' ? [{ type: 'text', text: content }] : content;
    const odd = parts.find(({ type }) => type !== 'text');
    if (odd) throw new WasmchordError('unsupported', `chat.completions: content of type "${odd.type}"`);
    const text = parts.map((part) => part.text ?? '').join('');
    return { role: role === 'developer' ? 'system' : role, content: text };
  });
}

function toOptions(params: ChatCompletionCreateParams, { signal }: RequestOptions): ChatOptions {
  return given({
    maxTokens: params.max_completion_tokens ?? params.max_tokens,
    // As the interface has it, unlike this package's own.
    temperature: params.temperature ?? 1,
    topP: params.top_p,
    presencePenalty: params.presence_penalty,
    frequencyPenalty: params.frequency_penalty,
    logitBias: params.logit_bias,
    seed: params.seed,
    stop: typeof params.stop === 'string' ? [params.stop] : params.stop,
    signal,
  });
}

const finishReason = ({ endReason }: GenerationResult): FinishReason =>
  endReason === 'end' || endReason === 'stop' ? 'stop' : 'length';

function usageOf({ promptTokens, reusedTokens, tokens }: GenerationResult): CompletionUsage {
  const prompt = promptTokens + reusedTokens;
  return {
    prompt_tokens: prompt,
    completion_tokens: tokens,
    total_tokens: prompt + tokens,
    prompt_tokens_details: { cached_tokens: reusedTokens },
  };
}

/** `chat.completions.create()` of one model. Requests may overlap; each then has a session of its own. */
export class OpenAI {
  readonly chat = { completions: { create: this.#create.bind(this) as Create } };
  readonly #answers: Answers;

  constructor(model: AdapterModel, options: AdapterOptions = {}) {
    this.#answers = new Answers(model, options);
  }

  /** Gives back the session that is kept for the next request; the model stays. */
  dispose(): void {
    this.#answers.dispose();
  }

  async #create(params: ChatCompletionCreateParams, request: RequestOptions = {}): Promise<unknown> {
    refuseUnsupported(params);
    const pieces = this.#answers.answer(toMessages(params.messages), toOptions(params, request));
    const head = {
      id: `chatcmpl-${Date.now().toString(36)}${Math.random().toString(36).slice(2, 10)}`,
      created: Math.floor(Date.now() / 1000),
      model: params.model ?? this.#answers.model.info.name,
    };
    if (params.stream) return chunks(pieces, head, params.stream_options?.include_usage ?? false);
    let content = '';
    for (;;) {
      const { done, value } = await pieces.next();
      if (!done) {
        content += value;
        continue;
      }
      const message = { role: 'assistant', content, refusal: null };
      const choices = [{ index: 0, message, finish_reason: finishReason(value), logprobs: null }];
      return { ...head, object: 'chat.completion', choices, usage: usageOf(value) };
    }
  }
}

interface Create {
  (params: ChatCompletionCreateParams & { stream: true }, request?: RequestOptions): Promise<AsyncIterable<ChatCompletionChunk>>;
  (params: ChatCompletionCreateParams & { stream?: false | null }, request?: RequestOptions): Promise<ChatCompletion>;
}

async function* chunks(
  pieces: Answer, head: Pick<ChatCompletionChunk, 'id' | 'created' | 'model'>, includeUsage: boolean,
): AsyncGenerator<ChatCompletionChunk> {
  type Choice = ChatCompletionChunk['choices'][number];
  const chunk = (delta: Choice['delta'], finish: FinishReason | null): ChatCompletionChunk => ({
    ...head,
    object: 'chat.completion.chunk',
    choices: [{ index: 0, delta, finish_reason: finish, logprobs: null }],
    ...(includeUsage ? { usage: null } : {}),
  });
  try {
    yield chunk({ role: 'assistant', content: '' }, null);
    for (;;) {
      const { done, value } = await pieces.next();
      if (!done) {
        yield chunk({ content: value }, null);
        continue;
      }
      yield chunk({}, finishReason(value));
      if (includeUsage) yield { ...head, object: 'chat.completion.chunk', choices: [], usage: usageOf(value) };
      return;
    }
  } finally {
    await pieces.return(LEFT);
  }
}
