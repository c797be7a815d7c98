/** The addresses of calls, with token or secret: never put them into an error or a log line. */
export class ApiUrls {
  readonly #folder: URL
  /** The latest address of each API: making a URL costs more than everything else that a call does before it is sent. */
  readonly #latest = new Map<string, { readonly token: string; readonly url: URL }>()

  constructor(folder: URL) {
    this.#folder = folder
  }

  withToken(api: string, token: string, query: Readonly<Record<string, string>> | undefined): URL {
    if (query !== undefined) return this.with(api, { access_token: token, ...query })
    const latest = this.#latest.get(api)
    if (latest?.token === token) return latest.url
    const url = this.with(api, { access_token: token })
    // Programs whose calls are passed on may use any number of paths.
    if (this.#latest.size >= MOST_LATEST) this.#latest.clear()
    this.#latest.set(api, { token, url })
    return url
  }

  with(api: string, query: Readonly<Record<string, string>>): URL {
    const url = new URL(api, this.#folder)
    url.search = new URLSearchParams(query).toString()
    return url
  }
}

const MOST_LATEST = 1000
