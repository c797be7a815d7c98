// What is wrong with pages, each fault with the page that has it.

/** As it was built. */
export interface BuiltPage {
  /** As in `/gateway/send/`. */
  readonly address: string
  readonly ids: ReadonlySet<string>
  /** Of links, pictures and scripts. */
  readonly targets: readonly string[]
}

const ANY_SITE = "http://site.test"

/** Links that lead to no page, no file, or to an anchor that the page has not. */
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

/** Below `decisions/`, what is for people who develop the project is in English. */
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
