import { fitBytes } from "./byte-length.ts"

/**
 * The beginning that is left of a text when WeCom cuts it without a sign: whole code points up to the limit. It ignores
 * links and emoji sequences, so both may be cut in two; use `cutText` for what a reader should see.
 * @see https://developer.work.weixin.qq.com/document/path/90236
 */
export const cutBytesLikeWeCom = (text: string, limitBytes: number): string =>
  text.slice(0, fitBytes(text, 0, text.length, limitBytes).end)
