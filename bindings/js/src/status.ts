// The library's statuses as error codes.
import * as abi from './abi.js';
import type { WasmchordErrorCode } from './errors.js';

/** The code that stands for a status of the C library. */
export function codeOf(status: number): WasmchordErrorCode {
  if (status === abi.WC_STATUS_UNSUPPORTED_VERSION || status === abi.WC_STATUS_UNKNOWN_TENSOR_TYPE) return 'unsupported';
  if (status >= abi.WC_STATUS_UNSUPPORTED_ARCHITECTURE && status <= abi.WC_STATUS_UNSUPPORTED_TENSOR_TYPE) return 'unsupported';
  switch (status) {
    case abi.WC_STATUS_INVALID_ARGUMENT:
    case abi.WC_STATUS_UNKNOWN_OPTION:
    case abi.WC_STATUS_BAD_TOKEN:
      return 'invalid_argument';
    case abi.WC_STATUS_INVALID_STATE:
      return 'invalid_state';
    case abi.WC_STATUS_NOT_FOUND:
      return 'not_found';
    case abi.WC_STATUS_WRONG_KEY_TYPE: // only of keys that a model needs: metadata is read as JSON
      return 'malformed';
    case abi.WC_STATUS_CANCELLED:
      return 'aborted';
    case abi.WC_STATUS_OUT_OF_MEMORY:
    case abi.WC_STATUS_MEMORY_LIMIT:
      return 'out_of_memory';
    case abi.WC_STATUS_UNSUPPORTED_TOKENIZER:
      return 'unsupported';
    case abi.WC_STATUS_CONTEXT_FULL:
      return 'context_full';
    case abi.WC_STATUS_BAD_TEMPLATE:
    case abi.WC_STATUS_TEMPLATE_FAILED:
    case abi.WC_STATUS_TEMPLATE_REFUSED:
    case abi.WC_STATUS_TEMPLATE_LIMIT:
      return 'chat_template';
    case abi.WC_STATUS_BAD_LOGITS:
      return 'bad_logits';
  }
  return status >= 30 && status < 70 ? 'malformed' : 'internal';
}
