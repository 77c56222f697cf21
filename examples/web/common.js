// What the pages share.

/** The element with the id `name`. */
export const element = (name) => document.getElementById(name);

/** Makes an element from its tag, its properties and what is in it. */
export function make(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

export function formatBytes(bytes) {
  if (bytes === undefined) return 'unknown';
  const units = ['bytes', 'KB', 'MB', 'GB', 'TB'];
  let power = 0;
  while (power + 1 < units.length && bytes >= 1000 ** (power + 1)) power++;
  return `${(bytes / 1000 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power]}`;
}

/** What a ProgressEvent of loadModel() says, as a line of text. */
export function progressText({ phase, bytes, total, bytesPerSecond, etaSeconds }) {
  if (phase === 'waiting') return 'Another tab is downloading this model…';
  const parts = [`${phase === 'cache' ? 'From the cache' : 'Loading'}: ${formatBytes(bytes)}`];
  if (total !== undefined) parts.push(`of ${formatBytes(total)}`);
  if (bytesPerSecond > 0) parts.push(`at ${formatBytes(bytesPerSecond)}/s`);
  if (etaSeconds !== undefined) parts.push(`, ${Math.ceil(etaSeconds)} s left`);
  return parts.join(' ').replace(' ,', ',');
}

/** Writes what went wrong where it is seen and heard; an abort is no failure. */
export function showError(error) {
  element('error').textContent = error.code === 'aborted' ? '' : `${error.message} (${error.code ?? error.name})`;
}

/** Runs `work` and shows its failure. */
export async function attempt(work) {
  element('error').textContent = '';
  try {
    await work();
  } catch (error) {
    showError(error);
  }
}

/** Of several inputs for one thing the last that was changed counts: it empties the others named. */
export function onlyOneOf(...names) {
  for (const name of names) {
    element(name).addEventListener('change', () => {
      for (const other of names) if (other !== name && element(other).tagName === 'INPUT') element(other).value = '';
    });
  }
}

/** How a generation went, from its GenerationResult. */
export function speedText({ tokens, decodeTokensPerSecond, prefillTokensPerSecond, timeToFirstToken, endReason }) {
  const [decode, prefill] = [decodeTokensPerSecond, prefillTokensPerSecond].map((speed) => speed.toFixed(1));
  return `${tokens} tokens, ${decode} tokens/s (prompt: ${prefill}), ` +
    `first after ${timeToFirstToken.toFixed(0)} ms; ended: ${endReason}`;
}
