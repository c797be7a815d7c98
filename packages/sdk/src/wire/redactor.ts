/**
 * Removes the secret and the tokens from text that others wrote: WeCom's errmsg, messages of system errors. WeCom
 * wants both in the query, so proxies and servers repeat them, raw or URL-encoded.
 */
export class Redactor {
  readonly #secretForms: readonly string[]
  #tokens: readonly string[] = []

  constructor(secret: string) {
    this.#secretForms = formsOf(secret)
  }

  remember(token: string): void {
    if (this.#tokens.includes(token)) return
    // The latest few: answers to calls with older ones have come back long ago.
    this.#tokens = [token, ...this.#tokens].slice(0, 8)
  }

  scrub(text: string): string {
    let scrubbed = text.replace(/\b(access_token|corpsecret)(=|%3d|":\s*")[^&\s"'<>]+/gi, `$1$2${MASK}`)
    for (const form of [...this.#secretForms, ...this.#tokens.flatMap(formsOf)]) {
      scrubbed = scrubbed.replaceAll(form, MASK)
    }
    return scrubbed
  }
}

const MASK = "***"

function formsOf(secret: string): readonly string[] {
  const percent = encodeURIComponent(secret)
  const form = new URLSearchParams([["", secret]]).toString().slice(1)
  const json = JSON.stringify(secret).slice(1, -1)
  const forms = [secret, percent, form, json, encodeURIComponent(percent)]
  const inLowerHex = forms.map((text) => text.replace(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase()))
  // Longest first: replacing a short form inside a long one would leave the rest of the long one readable.
  return [...new Set([...forms, ...inLowerHex])].filter((text) => text !== "").toSorted((a, b) => b.length - a.length)
}
