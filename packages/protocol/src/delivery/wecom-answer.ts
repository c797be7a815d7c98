/** WeCom's answer, `errcode` always there. */
export interface WeComAnswer {
  readonly errcode: number
  readonly errmsg: string
  readonly [field: string]: unknown
}
