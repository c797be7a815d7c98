import { createElement, Fragment, useMemo, type JSX, type ReactNode } from "react"
import type { Token } from "markdown-it"
import { Link } from "../link.tsx"
import { parseMarkdown, parseMarkdownV2 } from "./parse-markdown.ts"
import { Picture } from "../picture.tsx"
import { Unbroken } from "../unbroken.tsx"

/** In a chunk of its own, since its parser is as large as the rest of the bubble. */
export default function MarkdownBody(props: { readonly content: string; readonly version: Version }): JSX.Element {
  const { content, version } = props
  const tokens = useMemo(() => (version === 1 ? parseMarkdown(content) : parseMarkdownV2(content)), [content, version])
  return <>{toNodes(tokens, version)}</>
}

type Version = 1 | 2

function toNodes(tokens: readonly Token[], version: Version): ReactNode[] {
  const levels: { readonly opening: Token | undefined; readonly children: ReactNode[] }[] = []
  let current: (typeof levels)[number] = { opening: undefined, children: [] }
  for (const token of tokens) {
    if (token.nesting === 1) {
      levels.push(current)
      current = { opening: token, children: [] }
      continue
    }
    if (token.nesting === 0) {
      current.children.push(leaf(token, current.children.length, version))
      continue
    }
    const { opening, children } = current
    const outer = levels.pop()
    if (opening === undefined || outer === undefined) continue
    outer.children.push(element(opening, children, outer.children.length, version))
    current = outer
  }
  return current.children
}

function leaf(token: Token, key: number, version: Version): ReactNode {
  if (token.type === "inline") return <Fragment key={key}>{toNodes(token.children ?? [], version)}</Fragment>
  if (token.type === "line_code" || token.type === "code_inline") return <code key={key}>{token.content}</code>
  if (token.type === "fence" || token.type === "code_block") {
    return (
      <pre key={key}>
        <code>{token.content}</code>
      </pre>
    )
  }
  if (token.type === "hr") return <hr key={key} />
  if (token.type === "softbreak" || token.type === "hardbreak") return <br key={key} />
  if (token.type === "image") {
    return <Picture key={key} url={attribute(token, "src")} alt={token.content} className="wb-markdown-picture" />
  }
  return <Unbroken key={key} text={token.content} />
}

function element(opening: Token, children: ReactNode[], key: number, version: Version): ReactNode {
  const { type, markup } = opening
  if (type === "paragraph_open") return <p key={key}>{children}</p>
  if (type === "blockquote_open") return <blockquote key={key}>{children}</blockquote>
  if (type === "heading_open") return createElement("p", { key, className: `wb-h wb-${opening.tag}` }, children)
  if (type === "font_open") return createElement("span", { key, className: `wb-${opening.info}` }, children)
  if (type === "strong_open" && markup === "**") return <strong key={key}>{children}</strong>
  if (type === "em_open" && version === 2) return <em key={key}>{children}</em>
  const tag = PLAIN_TAGS[type]
  if (tag !== undefined) return createElement(tag, { key }, children)
  if (type === "link_open") {
    return (
      <Link key={key} url={hrefOf(opening)}>
        <bdi>{children}</bdi>
      </Link>
    )
  }
  return (
    <Fragment key={key}>
      {markup}
      {children}
      {markup}
    </Fragment>
  )
}

/** The plain elements that only `markdown_v2` has. */
const PLAIN_TAGS: Readonly<Record<string, string>> = {
  bullet_list_open: "ul",
  ordered_list_open: "ol",
  list_item_open: "li",
  table_open: "table",
  thead_open: "thead",
  tbody_open: "tbody",
  tr_open: "tr",
  th_open: "th",
  td_open: "td",
}

const hrefOf = (token: Token): string => attribute(token, "href")

function attribute({ attrs }: Token, wanted: string): string {
  return String(attrs?.find(([name]) => name === wanted)?.[1] ?? "")
}
