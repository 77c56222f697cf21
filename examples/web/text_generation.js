// Any model goes on from a prompt.
import { loadModel } from './wasmchord/index.js';
import { attempt, element, formatBytes, onlyOneOf, progressText, speedText } from './common.js';

const [text, speed, stop, generateButton] = ['text', 'speed', 'stop', 'generate-button'].map(element);
const [progress, cancel, loadButton] = ['progress', 'cancel', 'load-button'].map(element);
let model;
let loading;
let stopping;

const source = () => element('file').files[0] ?? (element('url').value.trim() || `./models/${element('served').value}`);

async function load() {
  model?.dispose();
  model = undefined;
  loading = new AbortController();
  const onProgress = (event) => {
    progress.value = event.total === undefined ? 0 : event.bytes / event.total;
    element('model').textContent = progressText(event);
  };
  model = await loadModel(source(), { signal: loading.signal, onProgress });
  const { architecture, name, fileType, weightsBytes, contextLength } = model.info;
  const { variant, threads } = model.engine;
  element('model').textContent = `${name || 'A model'}: ${architecture}, ${fileType}, ${formatBytes(weightsBytes)}, ` +
    `${contextLength} positions; ${variant}, ${threads === 1 ? 'one thread' : `${threads} threads`}.`;
}

function samplingOptions() {
  const number = (name) => Number(element(name).value);
  return {
    temperature: number('temperature'), topP: number('top-p'), topK: number('top-k'),
    repeatPenalty: number('repeat-penalty'), maxTokens: number('max-tokens'),
  };
}

async function generate() {
  stopping = new AbortController();
  const prompt = element('prompt').value;
  text.textContent = prompt;
  speed.textContent = 'Generating…';
  const session = await model.createSession();
  try {
    const pieces = session.generate(prompt, { ...samplingOptions(), signal: stopping.signal });
    for (;;) {
      const { done, value } = await pieces.next();
      if (done) return void (speed.textContent = speedText(value));
      text.append(value);
    }
  } finally {
    if (stopping.signal.aborted) {
      const { decodeTokens, decodeSeconds } = await session.stats();
      const rate = decodeSeconds > 0 ? `, ${(decodeTokens / decodeSeconds).toFixed(1)} tokens/s` : '';
      speed.textContent = `Stopped after ${decodeTokens} tokens${rate}.`;
    }
    session.dispose();
  }
}

element('load').addEventListener('submit', async (event) => {
  event.preventDefault();
  [loadButton.disabled, cancel.disabled, generateButton.disabled, progress.hidden] = [true, false, true, false];
  await attempt(load);
  if (!model) element('model').textContent = 'No model is loaded.';
  [loadButton.disabled, cancel.disabled, generateButton.disabled, progress.hidden] = [false, true, !model, true];
});
cancel.addEventListener('click', () => loading.abort());

element('generate').addEventListener('submit', async (event) => {
  event.preventDefault();
  [generateButton.disabled, loadButton.disabled, stop.disabled] = [true, true, false];
  text.ariaBusy = 'true'; // a screen reader reads the whole when it is there, not every piece
  await attempt(generate);
  text.ariaBusy = 'false';
  [generateButton.disabled, loadButton.disabled, stop.disabled] = [false, false, true];
});
stop.addEventListener('click', () => stopping.abort());
// Ctrl+Enter or Cmd+Enter in the prompt.
element('prompt').addEventListener('keydown', (event) => {
  const asked = event.key === 'Enter' && (event.ctrlKey || event.metaKey);
  if (asked && !generateButton.disabled) element('generate').requestSubmit();
});

for (const output of document.querySelectorAll('output')) {
  const input = element(output.htmlFor.value);
  const show = () => (output.value = input.value);
  input.addEventListener('input', show);
  show();
}
onlyOneOf('served', 'file', 'url');
const served = await (await fetch('./models.json')).json();
element('served').append(...served.map((name) => new Option(name)));
