/** The answer to a call, by the names WeCom uses. Without an `errmsg` it gets one before it is sent. */
export interface CompatAnswer {
  readonly errcode: number
  readonly errmsg?: string
  readonly [field: string]: unknown
}
