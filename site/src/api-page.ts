// Makes one page of the API from typedoc's output, with fewer headings and without parts that readers do not need.
import { API_ENTRIES, type ApiEntry } from "./api-entries.ts"

/** Links to other pages lead to the file that `apiPage` is written to. */
export function plainPage(markdown: string, entry: ApiEntry): string {
  return markdown
    .replaceAll(LEFT_OUT, "")
    .replaceAll(new RegExp(`^#{4,6} (${PARTS})$`, "gm"), "**$1**")
    .replaceAll(/^#{5,6} (?=\S)/gm, "#### ")
    .replaceAll(/^\*\*\*\n+/gm, "")
    .replaceAll(
      /\]\(([^)#\s]+\.md)(#[^)]*)?\)/g,
      (_, file: string, anchor = "") => `](${relinked(file, entry)}${anchor})`,
    )
}

/** @param all the plain pages of all entries, whose links into this page must have targets */
export function apiPage(plain: string, source: string, entry: ApiEntry, all: readonly string[]): string {
  const links = new RegExp(`\\]\\(${fileOf(entry)}#([^)]+?)(?:-\\d+)?\\)`, "g")
  const linked = new Set(all.flatMap((page) => [...page.matchAll(links)].map(([, anchor = ""]) => anchor)))
  const body = withMendedAnchors(withoutInsides(plain, exportsOf(source), linked))
  return `# ${entry.name}\n\nWhat \`${entry.name}\` exports, from its sources. [How it is used](../${entry.guide}.md).\n\n${body}`
}

export function fileOf({ page }: ApiEntry): string {
  return `${page.replace(/^api\//, "")}.md`
}

/** Headings and notes to remove: details of inherited members, and the heading above each constructor's own heading. */
const LEFT_OUT =
  /^#{4,6} (?:Constructors\n+(?=#+ Constructor\n)|(?:Overrides|Inherited from|Implementation of)\n\n[^\n]*\n+)/gm

/** Parts of a symbol, each of which would be a heading of its own, hundreds on a page. */
const PARTS =
  "Accessors|Call Signature|Constructors?|Deprecated|Example|Extended by|Extends|Get Signature|Implements|Indexable|Methods|Parameters|" +
  "Properties|Returns|See|Throws|Type Declaration|Type Literal|Type Parameters|Union Members"

/** The exported names, which our entries list one by one. */
function exportsOf(source: string): ReadonlySet<string> {
  const lists = [...source.matchAll(/export(?: type)? \{([^}]*)\}/g)].map(([, names = ""]) => names)
  return new Set(lists.flatMap((names) => names.split(",").map((name) => name.trim().replace(/^(?:.* as|type) /, ""))))
}

/**
 * Keeps symbols that are not exported only if exported ones lead to them, and removes their constructors, because programs
 * get such objects and do not make them.
 */
function withoutInsides(markdown: string, exported: ReadonlySet<string>, linked: ReadonlySet<string>): string {
  const sections = markdown.split(/^(?=##{1,2} )/m).map((text) => {
    const name = /^### ([\w\\]+)/.exec(text)?.[1]?.replaceAll("\\", "")
    if (name === undefined || exported.has(name)) return { name, text, isWanted: true }
    const shown = text.replace(CONSTRUCTORS, "").replace("\n", "\n\n_Not exported by name._\n")
    return { name, text: shown, isWanted: linked.has(name.toLowerCase()) }
  })
  const kept = new Set(sections.filter(({ isWanted }) => isWanted))
  for (const { text } of kept) {
    for (const [, anchor = ""] of text.matchAll(/\]\(#([^)]+?)(?:-\d+)?\)/g)) {
      for (const section of sections) if (section.name?.toLowerCase() === anchor) kept.add(section)
    }
  }
  return sections
    .filter((section) => kept.has(section))
    .map(({ text }) => text)
    .join("")
}

const CONSTRUCTORS = /^\*\*Constructor\*\*\n[\s\S]*?(?=^\*\*(?:Properties|Methods|Accessors)\*\*$|(?![\s\S]))/m

/** Corrects anchors, because typedoc numbers repeated names in another way than the site. */
function withMendedAnchors(markdown: string): string {
  const anchors = anchorsOf(markdown)
  return markdown.replaceAll(/\]\(#([^)]+?)(-\d+)\)/g, (link, name: string, number: string) =>
    anchors.has(name + number) ? link : `](#${name})`,
  )
}

function anchorsOf(markdown: string): ReadonlySet<string> {
  const anchors = new Set([...markdown.matchAll(/<a id="([^"]+)"/g)].map(([, id = ""]) => id))
  const seen = new Map<string, number>()
  for (const [, heading = ""] of markdown.matchAll(/^#+ (.+)$/gm)) {
    const slug = heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}_ -]/gu, "")
      .replaceAll(" ", "-")
    const count = seen.get(slug) ?? 0
    anchors.add(count === 0 ? slug : `${slug}-${count}`)
    seen.set(slug, count + 1)
  }
  return anchors
}

/** `../protocol/src/delivery.md` is the page `protocol-delivery.md`, beside this one. */
function relinked(link: string, from: ApiEntry): string {
  const base = new URL(from.source.replace(/^packages\//, "").replace("/index.ts", ".md"), "file:///")
  const path = `packages${new URL(link, base).pathname.replace(/\.md$/, "/index.ts")}`
  const found = API_ENTRIES.find(({ source }) => source === path)
  if (found === undefined) throw new Error(`${from.name}: ${link} leads to no page`)
  return fileOf(found)
}
