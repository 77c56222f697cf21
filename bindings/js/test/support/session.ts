import type { Session } from 'wasmchord';

/** Tokens that the session has computed once it computes no more, though nobody takes its pieces. */
export async function tokensComputedAhead(session: Session): Promise<number> {
  let before = -1;
  for (let now = 0; now !== before; ) {
    before = now;
    await new Promise((resolve) => setTimeout(resolve, 50));
    now = (await session.stats()).decodeTokens;
  }
  return before;
}
