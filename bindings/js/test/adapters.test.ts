// The shapes of other interfaces, over the same answers.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LanguageModelV4, LanguageModelV4CallOptions, LanguageModelV4StreamPart } from '@ai-sdk/provider';
import { loadModel } from 'wasmchord';
import { createWasmchord } from 'wasmchord/ai-sdk';
import { type ChatCompletionChunk, type ChatCompletionMessageParam, OpenAI } from 'wasmchord/openai';
import { LanguageModel } from 'wasmchord/prompt-api';
import { NATIVE_CHAT, TALES } from './support/data.js';

type Texts = [question: string, answer: string, followUp: string, lastAnswer: string];
const [question, answer, followUp, lastAnswer] = NATIVE_CHAT.map(({ content }) => content) as Texts;
const conversation = NATIVE_CHAT.slice(0, 3) as ChatCompletionMessageParam[];
const GREEDY = { temperature: 0, max_tokens: 40 };

test('openai: a completion, whose next turn comes from the cache, and usage', async () => {
  using model = await loadModel(TALES);
  const client = new OpenAI(model);
  const messages = conversation.slice(0, 1);
  const first = await client.chat.completions.create({ model: 'any', messages, ...GREEDY });
  assert.deepEqual([first.object, first.model, first.choices.length], ['chat.completion', 'any', 1]);
  assert.deepEqual([first.choices[0]!.message.content, first.choices[0]!.finish_reason], [answer, 'length']);
  const { prompt_tokens_details: details, ...usage } = first.usage;
  assert.deepEqual(usage, { prompt_tokens: 15, completion_tokens: 40, total_tokens: 55 });
  assert.deepEqual(details, { cached_tokens: 0 });
  const second = await client.chat.completions.create({ messages: conversation, ...GREEDY });
  assert.deepEqual([second.choices[0]!.message.content, second.choices[0]!.finish_reason], [lastAnswer, 'stop']);
  assert.deepEqual([second.usage.prompt_tokens, second.usage.prompt_tokens_details.cached_tokens], [69, 54]);
  client.dispose();
  await assert.rejects(client.chat.completions.create({ messages }), { code: 'invalid_state' });
});

test('openai: streams of several requests at once, one left early; what cannot be acted on is refused', async () => {
  using model = await loadModel(TALES);
  const before = (await model.memory()).liveBytes;
  const client = new OpenAI(model);
  const text = [{ type: 'text', text: question.slice(0, 10) }, { type: 'text', text: question.slice(10) }];
  const messages: ChatCompletionMessageParam[] = [{ role: 'user', content: text }];
  const request = { messages, ...GREEDY, stream: true, stream_options: { include_usage: true } } as const;
  const read = async () => {
    const chunks: ChatCompletionChunk[] = [];
    for await (const chunk of await client.chat.completions.create(request)) chunks.push(chunk);
    return chunks;
  };
  const leave = async () => {
    for await (const { choices } of await client.chat.completions.create(request)) {
      if (choices[0]?.delta.content) break;
    }
  };
  const [chunks, others] = await Promise.all([read(), read(), leave()]);
  for (const list of [chunks, others]) {
    assert.equal(list.map(({ choices }) => choices[0]?.delta.content ?? '').join(''), answer);
    assert.deepEqual(list[0]!.choices[0]!.delta, { role: 'assistant', content: '' });
    assert.equal(list.at(-2)!.choices[0]!.finish_reason, 'length');
    assert.deepEqual([list.at(-1)!.choices, list.at(-1)!.usage!.total_tokens, list[1]!.usage], [[], 55, null]);
  }
  const { create } = client.chat.completions;
  await assert.rejects(create({ messages, n: 2 }), { code: 'unsupported' });
  await assert.rejects(create({ messages, tools: [] } as never), { code: 'unsupported' });
  await assert.rejects(create({ messages: [{ role: 'user', content: [{ type: 'image_url' }] }] }), { code: 'unsupported' });
  await assert.rejects(create({ messages }, { signal: AbortSignal.abort() }), { code: 'aborted' });
  client.dispose();
  assert.equal((await model.memory()).liveBytes, before);
});

test('prompt-api: a conversation, its usage, a clone, a stream, and old turns that make room', async () => {
  let loads = 0;
  const load = () => (loads++, loadModel(TALES));
  const api = new LanguageModel({ load }, { session: { contextLength: 160 } });
  assert.equal(await api.availability(), 'downloadable');
  const progress: number[] = [];
  const keep = (event: Event) => progress.push((event as ProgressEvent).loaded);
  const monitor = (target: EventTarget) => target.addEventListener('downloadprogress', keep);
  const session = await api.create({ monitor, initialPrompts: conversation.slice(0, 2) as never });
  assert.deepEqual([await api.availability(), progress.at(-1), session.contextWindow], ['available', 1, 160]);
  const copy = await session.clone();
  assert.equal(await session.measureContextUsage(followUp), 10);
  assert.equal(await session.prompt(followUp), lastAnswer);
  assert.ok(session.contextUsage > 69 && session.contextUsage < 100, `${session.contextUsage}`);
  const pieces: string[] = [];
  const parts = [{ role: 'user' as const, content: [{ type: 'text' as const, value: followUp }] }];
  for await (const piece of copy.promptStreaming(parts)) pieces.push(piece);
  assert.equal(pieces.join(''), lastAnswer);
  assert.ok(pieces.length > 5);
  let overflows = 0;
  session.oncontextoverflow = () => overflows++;
  await session.append(`${question} `.repeat(8));
  await session.prompt(followUp);
  assert.ok(overflows > 0);
  await assert.rejects(session.prompt('word '.repeat(200)), { code: 'context_full' });
  session.destroy();
  await assert.rejects(session.prompt(question), { code: 'invalid_state' });
  const aborted = await api.create();
  const controller = new AbortController();
  const running = aborted.prompt(question, { signal: controller.signal });
  controller.abort();
  await assert.rejects(running, { name: 'AbortError' });
  assert.equal(loads, 1);
});

test('ai-sdk: the answer as content and as stream parts, with usage and warnings', async () => {
  using model = await loadModel(TALES);
  const provider = createWasmchord(model);
  const language: LanguageModelV4 = provider();
  assert.deepEqual([language.specificationVersion, language.provider], ['v4', 'wasmchord']);
  const options: LanguageModelV4CallOptions = {
    prompt: [{ role: 'user', content: [{ type: 'text', text: question }] }],
    maxOutputTokens: 40, temperature: 0, responseFormat: { type: 'json' },
  };
  const warnings = [{ type: 'unsupported', feature: 'responseFormat' }];
  const whole = await language.doGenerate(options);
  assert.deepEqual([whole.content, whole.warnings], [[{ type: 'text', text: answer }], warnings]);
  assert.deepEqual(whole.finishReason, { unified: 'length', raw: 'length' });
  assert.equal(whole.usage.inputTokens.cacheRead, 0);
  const parts: LanguageModelV4StreamPart[] = [];
  const { stream } = await provider.languageModel().doStream(options);
  for await (const part of stream) parts.push(part);
  assert.deepEqual(parts[0], { type: 'stream-start', warnings });
  assert.equal(parts.map((part) => (part.type === 'text-delta' ? part.delta : '')).join(''), answer);
  const finish = parts.at(-1)!;
  assert.ok(finish.type === 'finish');
  assert.deepEqual([finish.usage.inputTokens.total, finish.usage.inputTokens.cacheRead], [15, 14]);
  const file = { type: 'file', mediaType: 'image/png', data: { type: 'data', data: '' } } as const;
  const odd = await language.doStream({ prompt: [{ role: 'user', content: [file] }] });
  const errors: unknown[] = [];
  for await (const part of odd.stream) if (part.type === 'error') errors.push(part.error);
  assert.deepEqual(errors.map((error) => (error as { code: string }).code), ['unsupported']);
  provider.dispose();
});
