// Finds the faults of pages; each fault names its page.

/** A page of the built site. */
export interface BuiltPage {
  /** As in `/gateway/send/`. */
  readonly address: string
  readonly ids: ReadonlySet<string>
  /** The targets of links, pictures and scripts. */
  readonly targets: readonly string[]
}

const ANY_SITE = "http://site.test"

/** Links that lead to no page, no file, or to an anchor that the page does not have. */
export function deadLinks(pages: readonly BuiltPage[], files: ReadonlySet<string>): readonly string[] {
  const faults: string[] = []
  for (const { address, targets } of pages) {
    for (const target of targets) {
      if (/^(?:https?|mailto|data):/.test(target)) continue
      const { pathname, hash } = new URL(target, ANY_SITE + address)
      const linked = pages.find((page) => page.address === pathname)
      const isThere = linked !== undefined || files.has(decodeURI(pathname))
      const id = decodeURIComponent(hash.slice(1))
      const hasAnchor = linked === undefined || id === "" || id === "_top" || linked.ids.has(id)
      if (!isThere || !hasAnchor) faults.push(`${address}: ${target}`)
    }
  }
  return faults
}

/** Pages for developers of the project that are only in English, beside those below `decisions/`. */
const IN_ENGLISH = new Set(["docs/proof.md"])

/** @param files paths of all pages from the root of the repository. Names those that lack the other language. */
export function inOneLanguage(files: readonly string[]): readonly string[] {
  const there = new Set(files)
  return files.filter((file) => {
    if (IN_ENGLISH.has(file) || file.startsWith("docs/decisions/")) return false
    const other = file.endsWith(".zh-CN.md") ? file.replace(".zh-CN.md", ".md") : file.replace(/\.md$/, ".zh-CN.md")
    return !there.has(other)
  })
}
