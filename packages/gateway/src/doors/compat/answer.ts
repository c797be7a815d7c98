/** What a call is answered, by the names WeCom uses. Without an `errmsg` it gets one on the way out. */
export interface CompatAnswer {
  readonly errcode: number
  readonly errmsg?: string
  readonly [field: string]: unknown
}
