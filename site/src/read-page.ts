// Makes a page from a Markdown file of the repository: its heading becomes the title, the line with the link to the other
// language is removed, since the site's header has that link, and its links lead to pages.
import { readFileSync } from "node:fs"
import { dirname, posix } from "node:path"
import { addressOf, isInEnglishOnly, pageOf, placeOf } from "./page-list.ts"

export interface Page {
  readonly title: string
  readonly markdown: string
}

/** `repository` is the address where the sources can be read; without one, links to them become plain text. */
export function readPage(text: string, file: string, repository: string | undefined): Page {
  const [, title, body] = /^# (.+)\n([\s\S]*)$/.exec(text) ?? []
  if (title === undefined || body === undefined) throw new Error(`${file} does not begin with a heading`)
  const markdown = outsideCode(withoutWayBack(body), (prose) => joinChinese(relink(prose, file, repository)))
  return { title: title.replaceAll("`", ""), markdown }
}

/** `[中文](send.zh-CN.md) · [Guide to the gateway](../guide-gateway.md)`, alone on a line or at the end of a paragraph. */
function withoutWayBack(body: string): string {
  return body
    .replace(/^\n*\[(?:中文|English)\]\([^)]+\)(?: · \[[^\]]+\]\([^)]+\))*\n/, "\n")
    .replace(/ \[(?:中文|English)\]\([^)]+\)$/m, "")
}

/** Joins lines, because a browser shows the end of a line as a space, and Chinese has no spaces between characters. */
function joinChinese(prose: string): string {
  return prose.replaceAll(
    /(?<=[\u2014\u201d\u3000-\u9fff\uff00-\uffef)])\n *(?=[\u201c\u3000-\u9fff\uff00-\uffef])/g,
    "",
  )
}

const CODE = /^( *)(`{3,}|~{3,})[^\n]*\n[\s\S]*?^\1\2 *$|(`+)(?!`)[\s\S]*?(?<!`)\3(?!`)/gm

/** Changes text but not code; a character that no text contains holds the place of the code meanwhile. */
function outsideCode(markdown: string, change: (prose: string) => string): string {
  const kept: string[] = []
  const prose = markdown.replaceAll(CODE, (code) => `\ue000${kept.push(code) - 1}\ue000`)
  return change(prose).replaceAll(/\ue000(\d+)\ue000/g, (_, index: string) => kept[Number(index)] ?? "")
}

const LINK = /(?<image>!?)\[(?<label>(?:[^[\]]|\[[^\]]*\])*)\]\((?<target>[^)\s]+)\)/g
const DEFINITION = /^\[(?<label>[^\]]+)\]: (?<target>\S+)$/gm

function relink(prose: string, file: string, repository: string | undefined): string {
  const definitions = new Map<string, string | undefined>()
  const body = prose.replaceAll(DEFINITION, (_, label: string, target: string) => {
    definitions.set(label.toLowerCase(), addressFrom(target, file, repository))
    return ""
  })
  return body
    .replaceAll(LINK, (whole, image: string, label: string, target: string) => {
      if (image !== "") return whole
      const address = addressFrom(target, file, repository)
      return address === undefined ? label : `[${label}](${address})`
    })
    .replaceAll(/\[([^[\]]+)\](?:\[([^[\]]*)\])?(?!\()/g, (whole, text: string, name: string | undefined) => {
      const key = (name === undefined || name === "" ? text : name).toLowerCase()
      if (!definitions.has(key)) return whole
      const address = definitions.get(key)
      return address === undefined ? text : `[${text}](${address})`
    })
}

function addressFrom(target: string, file: string, repository: string | undefined): string | undefined {
  if (/^(?:[a-z]+:|#|\/)/.test(target)) return target
  const [path = "", heading] = target.split("#", 2)
  const linked = posix.join(dirname(file), path)
  if (linked.startsWith("docs/pictures/")) return linked.replace("docs", "")
  const found = pageOf(linked)
  if (found === undefined) return repository === undefined ? undefined : `${repository}/blob/main/${linked}`
  const here = pageOf(file)?.language ?? "en"
  const address = addressOf(found.page, isInEnglishOnly(found.page) ? here : found.language)
  return heading === undefined || heading === anchorOfTitle(linked) ? address : `${address}#${heading}`
}

/** The heading of a page is its title, which has no anchor. */
function anchorOfTitle(file: string): string {
  const [title = ""] = readFileSync(placeOf(file), "utf8").split("\n", 1)
  const letters = title
    .slice(2)
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
  return letters.replaceAll(" ", "-")
}
