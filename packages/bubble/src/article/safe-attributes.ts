const TAG = /<[a-z][^\s/>]*/gi
const ATTRIBUTE = /[\s/]*([^\s/>][^\s/>=]*)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]*)))?/y

/** The attributes that are kept, and their new names. */
const KEPT: ReadonlyMap<string, string> = new Map([
  ["href", "href"],
  ["src", "src"],
  ["alt", "alt"],
  ["style", "data-style"],
])

/**
 * The same markup with only those attributes. Even in a document that is never shown, a browser reports a `style` or an
 * `onclick` that the page's policy forbids, so they must be removed before it parses anything.
 */
export function withSafeAttributes(html: string): string {
  let safe = ""
  let end = 0
  TAG.lastIndex = 0
  for (let tag = TAG.exec(html); tag !== null; tag = TAG.exec(html)) {
    safe += html.slice(end, tag.index) + tag[0]
    end = TAG.lastIndex
    ATTRIBUTE.lastIndex = end
    for (let found = ATTRIBUTE.exec(html); found !== null; found = ATTRIBUTE.exec(html)) {
      end = ATTRIBUTE.lastIndex
      const [, name = "", double, single, bare] = found
      const keptAs = KEPT.get(name.toLowerCase())
      const value = double ?? single ?? bare ?? ""
      if (keptAs !== undefined) safe += ` ${keptAs}="${value.replaceAll('"', "&quot;")}"`
    }
    TAG.lastIndex = end
  }
  return safe + html.slice(end)
}
