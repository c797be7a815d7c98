/**
 * Removes the secret and the tokens from text written by others: WeCom's errmsg, messages of system errors. WeCom wants
 * both in the query, so proxies and servers repeat them, raw or URL-encoded.
 */
export class Redactor {
  readonly #secret: string
  #tokens: readonly string[] = []
  #pattern: RegExp

  constructor(secret: string) {
    this.#secret = secret
    this.#pattern = patternOf([secret])
  }

  remember(token: string): void {
    if (this.#tokens.includes(token)) return
    // The latest eight tokens: answers to calls with older ones have come back long ago.
    this.#tokens = [token, ...this.#tokens].slice(0, 8)
    this.#pattern = patternOf([this.#secret, ...this.#tokens])
  }

  scrub(text: string): string {
    return text.replace(NAMED, `$1${MASK}`).replace(this.#pattern, MASK)
  }
}

const MASK = "***"
/** In UTF-16 units. A shorter secret, such as one of a test, would mask parts of ordinary words. WeCom's have 43 characters. */
const LEAST_LENGTH = 4

/** Tokens that we do not know, such as another client's, when their name precedes them. */
const NAMED = /\b((?:access_token|corpsecret)(?:=|%3d|":\s*"))[^&\s"'<>]+/gi

function patternOf(secrets: readonly string[]): RegExp {
  const forms = [...new Set(secrets.filter(({ length }) => length >= LEAST_LENGTH).flatMap(formsOf))]
  // An empty pattern would match everywhere.
  if (forms.length === 0) return /(?!)/
  // Longest first: replacing a short form inside a long one would leave the rest of the long one readable.
  const longestFirst = forms.toSorted((a, b) => b.length - a.length)
  // Case-insensitive, because the hex of a percent escape has two spellings.
  return new RegExp(longestFirst.map((form) => form.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&")).join("|"), "gi")
}

function formsOf(secret: string): readonly string[] {
  // A lone surrogate cannot be encoded; in a URL it travels as U+FFFD.
  const percent = encodeURIComponent(secret.toWellFormed())
  const form = new URLSearchParams([["", secret]]).toString().slice(1)
  const json = JSON.stringify(secret).slice(1, -1)
  return [secret, percent, form, json, encodeURIComponent(percent)]
}
