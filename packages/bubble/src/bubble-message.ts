/** What a bubble draws: the body of a WeCom message, `msgtype` and the part of that name, after WeCom's cuts. */
export interface BubbleMessage {
  readonly msgtype: string
  readonly [part: string]: unknown
}
