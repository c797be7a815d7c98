import { createElement, Fragment, useMemo, type JSX, type ReactNode } from "react"
import type { Token } from "markdown-it"
import { Link } from "../link.tsx"
import { parseMarkdown } from "./parse-markdown.ts"
import { Unbroken } from "../unbroken.tsx"

/** Apart from the rest of the bubble, since its parser is as large as all of that. */
export default function MarkdownBody({ content }: { readonly content: string }): JSX.Element {
  const tokens = useMemo(() => parseMarkdown(content), [content])
  return <>{toNodes(tokens)}</>
}

function toNodes(tokens: readonly Token[]): ReactNode[] {
  const levels: { readonly opening: Token | undefined; readonly children: ReactNode[] }[] = []
  let current: (typeof levels)[number] = { opening: undefined, children: [] }
  for (const token of tokens) {
    if (token.nesting === 1) {
      levels.push(current)
      current = { opening: token, children: [] }
      continue
    }
    if (token.nesting === 0) {
      current.children.push(leaf(token, current.children.length))
      continue
    }
    const { opening, children } = current
    const outer = levels.pop()
    if (opening === undefined || outer === undefined) continue
    outer.children.push(element(opening, children, outer.children.length))
    current = outer
  }
  return current.children
}

function leaf(token: Token, key: number): ReactNode {
  if (token.type === "inline") return <Fragment key={key}>{toNodes(token.children ?? [])}</Fragment>
  if (token.type === "line_code") return <code key={key}>{token.content}</code>
  return <Unbroken key={key} text={token.content} />
}

function element(opening: Token, children: ReactNode[], key: number): ReactNode {
  const { type, markup } = opening
  if (type === "paragraph_open") return <p key={key}>{children}</p>
  if (type === "blockquote_open") return <blockquote key={key}>{children}</blockquote>
  if (type === "heading_open") return createElement("p", { key, className: `wb-h wb-${opening.tag}` }, children)
  if (type === "font_open") return createElement("span", { key, className: `wb-${opening.info}` }, children)
  if (type === "strong_open" && markup === "**") return <strong key={key}>{children}</strong>
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

const hrefOf = ({ attrs }: Token): string => String(attrs?.find(([name]) => name === "href")?.[1] ?? "")
