// Conversations: what callers give, and how it crosses to the engine.
import { WasmchordError } from './errors.js';
import type { GenerateOptions } from './options.js';

/** A message as templates know them; a template may read more of it than what most do. */
export interface ChatMessage {
  role: string;
  content: string | readonly object[] | null;
  name?: string;
  tool_calls?: readonly object[];
  tool_call_id?: string;
  reasoning_content?: string;
}

export interface ChatTemplateOptions {
  /** The name of a built-in template or of one of the file's, or Jinja text; left out: the file's own. */
  template?: string;
  /** Tools in the form that the template wants. */
  tools?: readonly object[];
  /** Further variables of the template. */
  variables?: Readonly<Record<string, unknown>>;
  /** The time that the template is told; left out: now. */
  now?: Date;
  /** Control tokens spelled out in messages become control tokens; otherwise no message can forge a turn. */
  parseSpecial?: boolean;
}

export interface ChatOptions extends GenerateOptions, ChatTemplateOptions {}

export interface RenderOptions extends ChatTemplateOptions {
  /** Begin the assistant's turn; true by default. */
  addGenerationPrompt?: boolean;
}

/** wc_chat_request: three JSON texts. */
export interface ChatRequest {
  messages: string;
  tools: string;
  options: string;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** JSON that is UTF-8: halves of surrogate pairs become U+FFFD, as in every other text. */
function toJson(value: unknown): string {
  const wellFormed = (_key: string, part: unknown) =>
    typeof part === 'string' ? decoder.decode(encoder.encode(part)) : part;
  try {
    return JSON.stringify(value, wellFormed);
  } catch (cause) {
    throw new WasmchordError('invalid_argument', 'messages, tools or variables cannot be written as JSON', { cause });
  }
}

/** The engine has no time zone: it is told the time that a clock on the wall shows. */
function wallClock(now: Date): number {
  return Math.floor(now.getTime() / 1000) - now.getTimezoneOffset() * 60;
}

export function chatRequest(messages: readonly ChatMessage[], options: RenderOptions): ChatRequest {
  const { template, tools, variables, now = new Date(), parseSpecial = false, addGenerationPrompt = true } = options;
  const given = {
    ...(template === undefined ? {} : { template }),
    ...(variables === undefined ? {} : { variables }),
    now: wallClock(now),
    parse_special_in_content: parseSpecial,
    add_generation_prompt: addGenerationPrompt,
  };
  return { messages: toJson(messages), tools: tools?.length ? toJson(tools) : '', options: toJson(given) };
}

/** The part of `options` that is about generating. */
export function generationPart(options: ChatOptions): GenerateOptions {
  const { template: _template, tools: _tools, variables: _variables, now: _now, ...rest } = options;
  return rest;
}
