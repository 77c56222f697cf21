// The browser's row: what the package finds here.
import { cache, capabilities } from './wasmchord/index.js';
import { attempt, element, formatBytes, make } from './common.js';

const yes = (value) => (value ? 'yes' : 'no');

await attempt(async () => {
  const can = capabilities();
  const usage = await cache.usage();
  const row = {
    'SIMD': yes(can.simd),
    'Relaxed SIMD': yes(can.relaxedSimd),
    'Shared memory': yes(can.threads),
    '64-bit memory': yes(can.memory64),
    'Cores': can.cores,
    'Cross-origin isolated': yes(crossOriginIsolated),
    'Cache': usage.store,
    'Models kept': `${usage.files} (${formatBytes(usage.bytes)})`,
    'Free for the cache': formatBytes(usage.available),
  };
  element('names').append(make('tr', {}, ...Object.keys(row).map((name) => make('th', { scope: 'col' }, name))));
  element('values').append(make('tr', {}, ...Object.values(row).map((value) => make('td', {}, String(value)))));
  element('explanation').textContent = can.simd
    ? `Models run here with ${can.relaxedSimd ? 'relaxed SIMD' : 'simd128'}.`
    : 'This browser has no WebAssembly SIMD: models cannot run here.';
});
