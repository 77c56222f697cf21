// A story from the model that comes with the project.
import { loadModel } from './wasmchord/index.js';
import { attempt, element, speedText } from './common.js';

const [form, tell, stop, status, story] = ['form', 'tell', 'stop', 'status', 'story'].map(element);
let session;
let stopping;

async function tellStory() {
  stopping = new AbortController();
  const request = `Tell me a story about ${element('hero').value} and ${element('thing').value}.`;
  const options = { temperature: 0.7, topP: 0.9, seed: Number(element('seed').value), signal: stopping.signal };
  story.textContent = '';
  await session.reset(); // the same computation again gives the same story
  const pieces = session.chat([{ role: 'user', content: request }], options);
  for (;;) {
    const { done, value } = await pieces.next();
    if (done) return void (status.textContent = speedText(value));
    story.append(value);
  }
}

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  [tell.disabled, stop.disabled] = [true, false];
  status.textContent = 'Telling…';
  story.ariaBusy = 'true'; // a screen reader reads the whole when it is there, not every piece
  await attempt(tellStory);
  if (status.textContent === 'Telling…') status.textContent = 'Stopped.';
  story.ariaBusy = 'false';
  [tell.disabled, stop.disabled] = [false, true];
});
stop.addEventListener('click', () => stopping.abort());

await attempt(async () => {
  const model = await loadModel('./models/tales-7m-q4_0.gguf');
  session = await model.createSession();
  tell.disabled = false;
  status.textContent = `Ready: ${model.info.name}, ${model.engine.variant}.`;
});
if (!session) status.textContent = 'There is no model.';
