import { createElement, Fragment, type ReactNode } from "react"
import { Link } from "../link.tsx"
import { Picture } from "../picture.tsx"
import { withSafeAttributes } from "./safe-attributes.ts"
import { safeStyle } from "./safe-style.ts"

// Headings begin below the title of the page.
const DRAWN_AS: ReadonlyMap<string, string> = new Map([
  ...["p", "br", "hr", "b", "strong", "i", "em", "u", "s", "del", "sub", "sup", "small", "code", "pre"].map(same),
  ...["ul", "ol", "li", "dl", "dt", "dd", "blockquote", "figure", "figcaption", "section", "div", "span"].map(same),
  ...["table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td"].map(same),
  ...([
    ["h1", "h2"],
    ["h2", "h2"],
    ["h3", "h3"],
    ["h4", "h4"],
    ["h5", "h5"],
    ["h6", "h6"],
    ["font", "span"],
    ["center", "div"],
    ["article", "div"],
    ["header", "div"],
    ["footer", "div"],
  ] as const),
])

const VOID: ReadonlySet<string> = new Set(["br", "hr"])

/** Not even their text is drawn. */
const LEFT_OUT: ReadonlySet<string> = new Set(
  "script style template noscript iframe object embed svg math title select textarea audio video canvas".split(" "),
)

/**
 * The content of an mpnews article. Its HTML is parsed in a document of its own, where nothing runs or loads, and only
 * elements known to be harmless are built anew; of the others the text is kept.
 */
export function articleContent(html: string): ReactNode {
  const template = document.createElement("template")
  template.innerHTML = withSafeAttributes(html)
  return childrenOf(template.content)
}

function childrenOf(node: Node): ReactNode[] {
  return Array.from(node.childNodes, (child, index) => {
    if (child.nodeType === Node.TEXT_NODE) return child.textContent
    return isElement(child) ? elementOf(child, index) : undefined
  })
}

// Not `instanceof`: the nodes are of another document.
const isElement = (node: Node): node is Element => node.nodeType === Node.ELEMENT_NODE

function elementOf(element: Element, key: number): ReactNode {
  const name = element.localName
  if (LEFT_OUT.has(name)) return undefined
  if (name === "img") {
    const alt = element.getAttribute("alt") ?? ""
    return <Picture key={key} className="wb-content-picture" url={element.getAttribute("src") ?? ""} alt={alt} />
  }
  if (name === "a") {
    return (
      <Link key={key} url={element.getAttribute("href") ?? ""}>
        {childrenOf(element)}
      </Link>
    )
  }
  const drawnAs = DRAWN_AS.get(name)
  if (drawnAs === undefined) return <Fragment key={key}>{childrenOf(element)}</Fragment>
  const style = safeStyle(element.getAttribute("data-style") ?? "")
  if (VOID.has(drawnAs)) return createElement(drawnAs, { key })
  return createElement(drawnAs, { key, style }, ...childrenOf(element))
}

function same(name: string): readonly [string, string] {
  return [name, name]
}
