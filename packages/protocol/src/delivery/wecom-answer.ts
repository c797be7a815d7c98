/** WeCom's answer; `errcode` is always there. */
export interface WeComAnswer {
  readonly errcode: number
  readonly errmsg: string
  readonly [field: string]: unknown
}
