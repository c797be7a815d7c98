/** The answer to a call, with WeCom's field names. If it has no `errmsg`, it gets one before it is sent. */
export interface CompatAnswer {
  readonly errcode: number
  readonly errmsg?: string
  readonly [field: string]: unknown
}
