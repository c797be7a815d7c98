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

/** To WeCom a quote ends where its line does; to markdown it goes on until an empty line. */
const endQuotesWithTheirLine = (content: string): string =>
  content.replaceAll(/^( {0,3}>.*)\r?\n(?! {0,3}>)/gm, "$1\n\n")
