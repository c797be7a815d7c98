/** Why a call is refused: over HTTP still a 200, with WeCom's code for it. */
export class Refusal extends Error {
  override readonly name = "Refusal"
  readonly errcode: number
  /** The correction to make, in the gateway's own terms. Has nothing of the request but names of fields. */
  readonly explanation: string | undefined

  constructor(errcode: number, explanation?: string, options?: { readonly cause: unknown }) {
    super(explanation ?? `errcode ${errcode}`, options)
    this.errcode = errcode
    this.explanation = explanation
  }
}
