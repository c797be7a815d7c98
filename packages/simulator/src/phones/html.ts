/** Markup that may go into a page as it is. Made by `html` only, so that no text gets there unescaped. */
export class Html {
  readonly markup: string

  constructor(markup: string) {
    this.markup = markup
  }
}

type Part = Html | string | number | false | undefined | readonly Part[]

/** Escapes every part that is not markup itself; `undefined` and `false` leave nothing. */
export function html(literals: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(String.raw({ raw: literals }, ...parts.map(toMarkup)))
}

function toMarkup(part: Part): string {
  if (part instanceof Html) return part.markup
  if (part === undefined || part === false) return ""
  if (typeof part === "object") return part.map(toMarkup).join("")
  return String(part).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

/** A link where the address is of the web, and the bare label where it is anything else. */
export function link(url: unknown, label: Part): Html {
  if (!isWebAddress(url)) return html`${label}`
  return html`<a href="${url}" target="_blank" rel="noopener noreferrer">${label}</a>`
}

export function isWebAddress(url: unknown): url is string {
  return typeof url === "string" && /^https?:\/\//i.test(url) && URL.canParse(url)
}
