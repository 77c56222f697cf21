// What is in a GGUF file, what it would need, and how its tokenizer splits text.
import { inspectModel, loadModel } from './wasmchord/index.js';
import { attempt, element, formatBytes, make, onlyOneOf, progressText } from './common.js';

const [file, filter, words, special, tokens] = ['file', 'filter', 'words', 'special', 'tokens'].map(element);
let source;
let found;
let vocabulary;

const cell = (text, className = '') => make('td', { className }, text);

function showTensors() {
  const rows = found.tensors.filter(({ name }) => name.includes(filter.value.trim()));
  element('tensors').replaceChildren(...rows.map(({ name, type, shape, bytes }) =>
    make('tr', {}, cell(name), cell(type), cell(shape.join(' × ')), cell(formatBytes(bytes), 'number'))));
}

function showEstimate() {
  const { memory } = found;
  element('context').value = memory?.contextLength ?? '';
  element('estimate').textContent = memory === null
    ? 'Unknown for this architecture.'
    : `${formatBytes(memory.totalBytes)}: weights ${formatBytes(memory.weightsBytes)}, keys and values ` +
      `${formatBytes(memory.kvBytes)}, activations ${formatBytes(memory.activationBytes)}.`;
}

function showAll() {
  const { architecture, name, parameters, metadata, types, runnable, unsupported, fileBytes } = found;
  element('summary').textContent = `${name ?? 'Without a name'}: ${architecture ?? 'unknown architecture'}, ` +
    `${(parameters / 1e6).toFixed(1)} million weights, ${formatBytes(fileBytes)}. ` +
    (runnable ? 'wasmchord can run it.' : `wasmchord cannot run it: ${unsupported.join('; ')}.`);
  const shown = (value) => (typeof value === 'string' ? value : JSON.stringify(value));
  element('metadata').replaceChildren(...Object.entries(metadata).map(([key, value]) =>
    make('tr', {}, make('th', { scope: 'row' }, key), cell(shown(value)))));
  element('types').textContent = Object.entries(types)
    .map(([type, { tensors, bytes }]) => `${type}: ${tensors} tensors, ${formatBytes(bytes)}`).join('; ');
  showTensors();
  showEstimate();
  element('found').hidden = false;
}

async function inspect(from) {
  vocabulary?.dispose();
  vocabulary = undefined;
  words.disabled = special.disabled = element('found').hidden = true;
  element('load-tokenizer').disabled = false;
  element('tokenizer').textContent = 'Reads the whole file.';
  element('count').textContent = '';
  tokens.replaceChildren();
  source = from;
  element('summary').textContent = 'Reading…';
  try {
    found = await inspectModel(source);
    showAll();
  } catch (error) {
    element('summary').textContent = '';
    throw error;
  }
}

/** Each token with its text; a token of part of a character shows as U+FFFD, and its title has its number. */
async function splitWords() {
  const { tokenizer } = vocabulary;
  const text = words.value;
  const ids = await tokenizer.encode(text, { parseSpecial: special.checked });
  const pieces = await Promise.all([...ids].map((id) => tokenizer.decode([id], { special: true })));
  if (text !== words.value) return; // typed on meanwhile: another call is under way
  element('count').textContent = `${ids.length} tokens of ${[...text].length} characters`;
  tokens.replaceChildren(...pieces.map((piece, i) => make('li', { title: `token ${ids[i]}` }, piece)));
}

async function loadTokenizer() {
  const onProgress = (event) => (element('tokenizer').textContent = progressText(event));
  element('load-tokenizer').disabled = true;
  try {
    vocabulary = await loadModel(source, { vocabularyOnly: true, onProgress });
  } catch (error) {
    element('load-tokenizer').disabled = false;
    element('tokenizer').textContent = '';
    throw error;
  }
  element('tokenizer').textContent = `${vocabulary.info.vocabularySize} tokens in the vocabulary.`;
  words.disabled = special.disabled = false;
  await splitWords();
}

onlyOneOf('file', 'url');
const open = element('open');
open.addEventListener('submit', (event) => {
  event.preventDefault();
  const chosen = file.files[0] ?? element('url').value.trim();
  if (chosen) void attempt(() => inspect(chosen));
});
file.addEventListener('change', () => file.files[0] && void attempt(() => inspect(file.files[0])));
open.addEventListener('dragover', (event) => {
  event.preventDefault();
  open.classList.add('over');
});
open.addEventListener('dragleave', () => open.classList.remove('over'));
open.addEventListener('drop', (event) => {
  event.preventDefault();
  open.classList.remove('over');
  const [dropped] = event.dataTransfer.files;
  if (dropped) void attempt(() => inspect(dropped));
});
element('memory').addEventListener('submit', (event) => {
  event.preventDefault();
  void attempt(async () => {
    found = await inspectModel(source, { contextLength: Number(element('context').value) });
    showEstimate();
  });
});
filter.addEventListener('input', showTensors);
element('load-tokenizer').addEventListener('click', () => void attempt(loadTokenizer));
words.addEventListener('input', () => void attempt(splitWords));
special.addEventListener('change', () => void attempt(splitWords));
