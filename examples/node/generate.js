// A text from a model, on the command line.
// usage: node generate.js MODEL [PROMPT]     MODEL: a path, a URL or owner/name/file.gguf
import { loadModel, WasmchordError } from 'wasmchord';

const [source, prompt = 'Once upon a time'] = process.argv.slice(2);
if (!source) {
  console.error('usage: node generate.js MODEL [PROMPT]');
  process.exit(2);
}

const stopping = new AbortController();
process.once('SIGINT', () => stopping.abort());

try {
  const model = await loadModel(source, { signal: stopping.signal });
  const session = await model.createSession();
  const options = { maxTokens: 128, temperature: 0.8, topP: 0.95, seed: 1, signal: stopping.signal };
  const pieces = session.generate(prompt, options);
  process.stdout.write(prompt);
  for (;;) {
    const { done, value } = await pieces.next();
    if (done) {
      console.error(`\n${value.tokens} tokens, ${value.decodeTokensPerSecond.toFixed(1)} tokens/s`);
      break;
    }
    process.stdout.write(value);
  }
  model.dispose();
} catch (error) {
  if (!(error instanceof WasmchordError)) throw error;
  console.error(`${error.code}: ${error.message}`);
  process.exitCode = 1;
}
