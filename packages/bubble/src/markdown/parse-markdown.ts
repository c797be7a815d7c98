import MarkdownIt, { type Token } from "markdown-it"
import { isWebAddress } from "../web-address.ts"
import { fontColour } from "./font-colour.ts"
import { lineCode } from "./line-code.ts"

// Everything that is not named here stays as it was typed: lists, tables, pictures, code blocks, HTML.
const md = new MarkdownIt("zero", { html: false }).enable(["heading", "blockquote", "emphasis", "link"])
md.use(fontColour).use(lineCode)
md.validateLink = isWebAddress

/**
 * WeCom's subset of markdown: headings, bold, links, code within a line, quotes, three colours.
 * @see https://developer.work.weixin.qq.com/document/path/90236
 */
export function parseMarkdown(content: string): Token[] {
  return md.parse(endQuotesWithTheirLine(content), {})
}

// HTML and colours stay as they were typed.
const v2 = new MarkdownIt("commonmark", { html: false }).enable("table").disable(["html_block", "html_inline"])
v2.validateLink = isWebAddress

/**
 * `markdown_v2` of group robots: italics, lists, nested quotes, pictures, rules, blocks of code and tables as well.
 * @see https://developer.work.weixin.qq.com/document/path/99110
 */
export function parseMarkdownV2(content: string): Token[] {
  return v2.parse(content, {})
}

/** To WeCom a quote ends where its line does; to markdown it continues until an empty line. */
const endQuotesWithTheirLine = (content: string): string =>
  content.replaceAll(/^( {0,3}>.*)\r?\n(?! {0,3}>)/gm, "$1\n\n")
