/** The gateways of one database, any of which can answer: the one that answered last is asked first. */
export class Gateways {
  readonly #urls: readonly string[]
  #current = 0

  constructor(baseUrl: string | readonly string[]) {
    this.#urls = (typeof baseUrl === "string" ? [baseUrl] : baseUrl).map((url) => new URL(url).href.replace(/\/+$/, ""))
    if (this.#urls.length === 0) throw new TypeError("baseUrl is an empty list; name one gateway at least")
  }

  get count(): number {
    return this.#urls.length
  }

  get current(): string {
    return this.#urls[this.#current] ?? ""
  }

  /** Moves on to the next gateway, unless another request has already done so. */
  leave(url: string): void {
    if (url === this.current) this.#current = (this.#current + 1) % this.#urls.length
  }
}
