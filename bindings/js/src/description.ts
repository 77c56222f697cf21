// What a file's header says about a model, and what running it would need.
import type { OpenedHeader } from './source/index.js';

export interface TensorDescription {
  name: string;
  /** For example "Q4_0". */
  type: string;
  /** The contiguous dimension first. */
  shape: number[];
  /** From the start of the data section of the tensor's file. */
  offset: number;
  bytes: number;
  /** Number of its file in a split model. */
  split: number;
}

export interface MemoryEstimate {
  /** Positions that the estimate is for. */
  contextLength: number;
  weightsBytes: number;
  kvBytes: number;
  activationBytes: number;
  totalBytes: number;
}

export interface ModelDescription {
  /** null where the file does not name it. */
  architecture: string | null;
  name: string | null;
  parameters: number;
  /** Arrays of more than 64 elements as {type, size, first}. */
  metadata: Record<string, unknown>;
  /** Of a split model those of the first file only. */
  tensors: TensorDescription[];
  types: Record<string, { tensors: number; bytes: number }>;
  /** Whether this package can run it; `unsupported` names why not. */
  runnable: boolean;
  unsupported: string[];
  /** null where the architecture is unknown. */
  memory: MemoryEstimate | null;
  /** Bytes of all files together, where known, and those of them that are in the cache. */
  fileBytes: number | undefined;
  cachedBytes: number;
}

/** The JSON of wc_loader_inspect(). */
export type WireDescription = Omit<ModelDescription, 'memory' | 'fileBytes' | 'cachedBytes'> & {
  memory: Record<'n_ctx' | 'weights_bytes' | 'kv_bytes' | 'activation_bytes' | 'total_bytes', number> | null;
};

export function describedModel(wire: WireDescription, { totalBytes, cachedBytes }: OpenedHeader): ModelDescription {
  const { architecture, name, parameters, metadata, tensors, types, runnable, unsupported, memory } = wire;
  return {
    architecture, name, parameters, metadata, tensors, types, runnable, unsupported,
    memory: memory && {
      contextLength: memory.n_ctx,
      weightsBytes: memory.weights_bytes,
      kvBytes: memory.kv_bytes,
      activationBytes: memory.activation_bytes,
      totalBytes: memory.total_bytes,
    },
    fileBytes: totalBytes,
    cachedBytes,
  };
}
