import type { LoadPhase, ProgressEvent } from './types.js';

/** Milliseconds between two reports, and of the stretch that the speed is the mean of. */
const INTERVAL = 100;
const STRETCH = 5000;

/** Counts bytes, and tells `report` of them now and then. */
export class Progress {
  total: number | undefined;
  readonly #report: ((progress: ProgressEvent) => void) | undefined;
  #phase: LoadPhase = 'download';
  #bytes = 0;
  #reported = -Infinity;
  /** Time and bytes at past reports of this phase, at most STRETCH old. */
  #past: { time: number; bytes: number }[] = [];

  constructor(report: ((progress: ProgressEvent) => void) | undefined) {
    this.#report = report;
  }

  enter(phase: LoadPhase): void {
    if (phase === this.#phase && this.#past.length > 0) return;
    this.#phase = phase;
    this.#past = [];
    this.#send();
  }

  add(bytes: number): void {
    this.#bytes += bytes;
    if (performance.now() - this.#reported >= INTERVAL) this.#send();
  }

  /** The last report. */
  end(): void {
    this.#send();
  }

  #send(): void {
    if (!this.#report) return;
    const time = performance.now();
    const bytes = this.#bytes;
    this.#reported = time;
    this.#past.push({ time, bytes });
    while (this.#past.length > 2 && time - this.#past[0]!.time > STRETCH) this.#past.shift();
    const first = this.#past[0]!;
    const bytesPerSecond = time > first.time ? ((bytes - first.bytes) / (time - first.time)) * 1000 : 0;
    const left = this.total === undefined ? undefined : Math.max(0, this.total - bytes);
    const etaSeconds = left !== undefined && bytesPerSecond > 0 ? left / bytesPerSecond : undefined;
    this.#report({ phase: this.#phase, bytes, total: this.total, bytesPerSecond, etaSeconds });
  }
}
