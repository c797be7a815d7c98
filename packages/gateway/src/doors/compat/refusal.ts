/** The refusal of a call. Over HTTP it is still a 200, with WeCom's code. */
export class Refusal extends Error {
  override readonly name = "Refusal"
  readonly errcode: number
  /** How to correct the call, in the gateway's own terms. From the request it contains only names of fields. */
  readonly explanation: string | undefined

  constructor(errcode: number, explanation?: string, options?: { readonly cause: unknown }) {
    super(explanation ?? `errcode ${errcode}`, options)
    this.errcode = errcode
    this.explanation = explanation
  }
}
