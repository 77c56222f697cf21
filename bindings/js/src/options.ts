// What callers choose. These objects cross to the worker by structured clone.

/** A member of a sampler chain by name, as wc_sampler_add() has them. */
export interface SamplerStep {
  name: 'penalties' | 'logit_bias' | 'top_k' | 'top_p' | 'min_p' | 'typical' | 'temperature' | 'greedy' | 'dist';
  /** Pairs in order; a key may come again (logit_bias). */
  params?: readonly (readonly [key: string, value: number])[];
}

export interface SamplingOptions {
  /** 0 or left out: always the most likely token. */
  temperature?: number;
  /** Only the k most likely tokens; 0: all. */
  topK?: number;
  /** Only the most likely tokens that sum to p; 1: all. */
  topP?: number;
  /** Only tokens at least p times as likely as the first; 0: all. */
  minP?: number;
  /** Only locally typical tokens that sum to p; 1: all. */
  typicalP?: number;
  /** Divides the odds of recent tokens; 1: off. */
  repeatPenalty?: number;
  /** How many tokens count as recent; -1: all. 64 by default. */
  repeatLastN?: number;
  /** Taken from the logit of a recent token. */
  presencePenalty?: number;
  /** The same for every time that it occurred. */
  frequencyPenalty?: number;
  /** Added to the logits of tokens. */
  logitBias?: Readonly<Record<number, number>>;
  /** Of the random choice; left out: a new one each time. */
  seed?: number;
  /** The whole chain by name, in this order; then everything above is ignored. */
  samplers?: readonly SamplerStep[];
}

export interface GenerateOptions extends SamplingOptions {
  /** Left out: until the context is full. */
  maxTokens?: number;
  /** Texts that end the answer; they are never given out. */
  stop?: readonly string[];
  /** Tokens that end a turn do not end the answer. */
  ignoreEnd?: boolean;
  /** Control tokens appear in the text. */
  emitSpecial?: boolean;
  /** Control tokens spelled out in the prompt become control tokens; otherwise they stay text. */
  parseSpecial?: boolean;
  /** Ends the generation: it rejects with code 'aborted', within one micro-batch. */
  signal?: AbortSignal;
}

export interface SessionOptions {
  /** Positions; 0: the model's context length, at most 4096. */
  contextLength?: number;
  /** Element type of the KV cache; f16 by default. */
  kvType?: 'f32' | 'f16' | 'q8_0' | 'q4_0';
}

/** The chain that `options` describe. */
export function samplerSteps(options: SamplingOptions): readonly SamplerStep[] {
  if (options.samplers) return options.samplers;
  const steps: SamplerStep[] = [];
  const bias = Object.entries(options.logitBias ?? {});
  if (bias.length) {
    const params = bias.flatMap(([token, value]) => [['token', Number(token)] as const, ['bias', value] as const]);
    steps.push({ name: 'logit_bias', params });
  }
  const { repeatPenalty = 1, presencePenalty = 0, frequencyPenalty = 0, repeatLastN = 64 } = options;
  if (repeatPenalty !== 1 || presencePenalty !== 0 || frequencyPenalty !== 0) {
    const params = [
      ['last_n', repeatLastN],
      ['repeat', repeatPenalty],
      ['frequency', frequencyPenalty],
      ['presence', presencePenalty],
    ] as const;
    steps.push({ name: 'penalties', params });
  }
  const { temperature = 0, topK = 0, typicalP = 1, topP = 1, minP = 0 } = options;
  if (temperature === 0) return [...steps, { name: 'greedy' }];
  if (topK !== 0) steps.push({ name: 'top_k', params: [['k', topK]] });
  if (typicalP !== 1) steps.push({ name: 'typical', params: [['p', typicalP]] });
  if (topP !== 1) steps.push({ name: 'top_p', params: [['p', topP]] });
  if (minP !== 0) steps.push({ name: 'min_p', params: [['p', minP]] });
  steps.push({ name: 'temperature', params: [['t', temperature]] });
  const seed = options.seed ?? Math.floor(Math.random() * 2 ** 32);
  return [...steps, { name: 'dist', params: [['seed', seed]] }];
}
