import { type Html, html, isWebAddress, link } from "./html.ts"

const ANCHOR = /<a\s[^>]*?href\s*=\s*(?:"([^"]*)"|'([^']*)')[^>]*>([^]*?)<\/a>/i

/** A `text`: its `<a>` elements become links, all other markup is shown as it was typed. */
export function renderText(text: string): Html[] {
  return replaceFirst(text, ANCHOR, ([typed, double, single, label = ""]) => {
    const url = (double ?? single ?? "").replaceAll("&amp;", "&")
    return isWebAddress(url) ? link(url, label) : html`${typed}`
  })
}

const DESCRIPTION_MARK = /<br\s*\/?>|<div class="(gray|normal|highlight)">([^]*?)<\/div>/i

/** The description of a `textcard`, with its line breaks and its three colours. */
export function renderDescription(text: string): Html[] {
  return replaceFirst(text, DESCRIPTION_MARK, ([, colour, inside = ""]) =>
    colour === undefined ? html`<br />` : html`<div class="${colour}">${renderDescription(inside)}</div>`,
  )
}

/** WeCom's subset of markdown; what is outside of it is shown as it was typed. */
export function renderMarkdown(text: string): Html[] {
  const blocks: Html[] = []
  let quote: Html[] = []
  for (const line of [...text.split(/\r?\n/), undefined]) {
    const quoted = line === undefined ? null : /^>\s?(.*)$/.exec(line)
    if (quoted !== null) {
      quote.push(html`<p>${renderSpan(quoted[1] ?? "")}</p>`)
      continue
    }
    if (quote.length > 0) blocks.push(html`<blockquote>${quote}</blockquote>`)
    quote = []
    if (line !== undefined) blocks.push(renderLine(line))
  }
  return blocks
}

function renderLine(line: string): Html {
  const [, marks, heading] = /^(#{1,6})\s+(.*)$/.exec(line) ?? []
  if (marks === undefined) return html`<p>${renderSpan(line)}</p>`
  return html`<p class="heading level${marks.length}">${renderSpan(heading ?? "")}</p>`
}

const SPAN =
  /\*\*(.+?)\*\*|`([^`]+)`|\[([^\]]*)\]\(([^)\s]+)\)|<font color=["']?(info|comment|warning)["']?>(.*?)<\/font>/i

function renderSpan(text: string): Html[] {
  return replaceFirst(text, SPAN, ([typed, bold, code, label, url, colour, inside]) => {
    if (bold !== undefined) return html`<strong>${renderSpan(bold)}</strong>`
    if (code !== undefined) return html`<code>${code}</code>`
    if (label !== undefined) return isWebAddress(url) ? link(url, renderSpan(label)) : html`${typed}`
    return html`<span class="${colour?.toLowerCase()}">${renderSpan(inside ?? "")}</span>`
  })
}

/** Renders what matches, over and over, and keeps the text in between. */
function replaceFirst(text: string, pattern: RegExp, render: (match: RegExpExecArray) => Html): Html[] {
  const parts: Html[] = []
  let rest = text
  for (let match = pattern.exec(rest); match !== null; match = pattern.exec(rest)) {
    parts.push(html`${rest.slice(0, match.index)}`, render(match))
    rest = rest.slice(match.index + match[0].length)
  }
  parts.push(html`${rest}`)
  return parts
}
