import { fitBytes } from "./byte-length.ts"

/**
 * The rest of a text that WeCom cuts without saying so: whole code points up to the limit. It knows nothing of
 * links or emoji sequences, so both may be torn; use `cutText` for what a reader should see.
 * @see https://developer.work.weixin.qq.com/document/path/90236
 */
export const cutBytesLikeWeCom = (text: string, limitBytes: number): string =>
  text.slice(0, fitBytes(text, 0, text.length, limitBytes).end)
