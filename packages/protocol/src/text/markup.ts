/** Which constructs to keep whole: those of a `text` message (`<a>` only) or those of WeCom's markdown subset. */
export type Markup = "text" | "markdown"

/** Something that opens, contains text and closes: a link, bold, code, a colour. */
export interface Span {
  readonly kind: "anchor" | "link" | "bold" | "code" | "font"
  readonly start: number
  readonly contentStart: number
  readonly contentEnd: number
  readonly end: number
}

/** Characters before the text of a line (`> `, `## `) that apply to the whole line. */
export interface LineMark {
  readonly start: number
  readonly end: number
  readonly lineEnd: number
}

/** A stretch of text that only makes sense in one piece: a bare address, an id to be translated. */
export interface Atom {
  readonly start: number
  readonly end: number
}

export interface ParsedMarkup {
  /** Properly nested, in the order of their starts. */
  readonly spans: readonly Span[]
  readonly lineMarks: readonly LineMark[]
  readonly atoms: readonly Atom[]
}

/**
 * Finds the constructs that must not be cut apart. A construct that is not closed, or crosses another, is plain text,
 * as it is on the phone. Takes linear time for any text.
 * @see https://developer.work.weixin.qq.com/document/path/90236
 */
export function parseMarkup(text: string, markup: Markup): ParsedMarkup {
  const scan = new Scan(text)
  return markup === "text" ? parseText(text, scan) : parseMarkdown(text, scan)
}

function parseText(text: string, scan: Scan): ParsedMarkup {
  const spans: Span[] = []
  const atoms: Atom[] = []
  let opened: Opener | undefined
  for (let at = scan.nextSign(TEXT_SIGNS, 0); at >= 0; at = scan.nextSign(TEXT_SIGNS, scan.resumeAt)) {
    const anchorEnd = tagEnd(text, at, "a")
    const closeEnd = closingTagEnd(text, at, "a")
    if (anchorEnd > 0) {
      opened = { kind: "anchor", start: at, contentStart: anchorEnd }
      scan.resumeAt = anchorEnd
    } else if (closeEnd > 0) {
      if (opened !== undefined) spans.push(close(opened, at, closeEnd))
      opened = undefined
      scan.resumeAt = closeEnd
    } else scan.takeAtom(at, atoms)
  }
  return { spans, lineMarks: [], atoms }
}

function parseMarkdown(text: string, scan: Scan): ParsedMarkup {
  const spans: Span[] = []
  const lineMarks: LineMark[] = []
  const atoms: Atom[] = []
  const openers = new Openers()
  const finish = (opener: Opener | undefined, contentEnd: number, end: number): void => {
    if (opener !== undefined) spans.push(close(opener, contentEnd, end))
    scan.resumeAt = end
  }

  scan.startLine(0, lineMarks)
  for (
    let at = scan.nextSign(MARKDOWN_SIGNS, scan.resumeAt);
    at >= 0;
    at = scan.nextSign(MARKDOWN_SIGNS, scan.resumeAt)
  ) {
    scan.resumeAt = at + 1
    switch (text.charAt(at)) {
      case "\n":
        openers.endLine()
        scan.startLine(at + 1, lineMarks)
        break
      case "`": {
        const tick = scan.next("`", at + 1)
        if (tick > at + 1 && tick < scan.lineEnd) {
          finish({ kind: "code", start: at, contentStart: at + 1 }, tick, tick + 1)
        } else if (tick === at + 1) scan.resumeAt = tick + 1
        break
      }
      case "*":
        if (text[at + 1] !== "*") break
        scan.resumeAt = at + 2
        if (openers.has("bold")) {
          const opener = openers.take("bold")
          if (opener !== undefined && opener.contentStart < at) finish(opener, at, at + 2)
        } else openers.push({ kind: "bold", start: at, contentStart: at + 2 })
        break
      case "[":
        openers.push({ kind: "link", start: at, contentStart: at + 1 })
        break
      case "]": {
        const end = openers.has("link") ? scan.destinationEnd(at + 1) : -1
        if (end > 0) finish(openers.take("link"), at, end)
        break
      }
      case "<": {
        const fontEnd = tagEnd(text, at, "font")
        const closeEnd = closingTagEnd(text, at, "font")
        if (fontEnd > 0) {
          openers.push({ kind: "font", start: at, contentStart: fontEnd })
          scan.resumeAt = fontEnd
        } else if (closeEnd > 0) finish(openers.take("font"), at, closeEnd)
        break
      }
      default:
        scan.takeAtom(at, atoms)
    }
  }
  return { spans: spans.toSorted((one, other) => one.start - other.start), lineMarks, atoms }
}

interface Opener {
  readonly kind: Span["kind"]
  readonly start: number
  readonly contentStart: number
}

const close = ({ kind, start, contentStart }: Opener, contentEnd: number, end: number): Span => ({
  kind,
  start,
  contentStart,
  contentEnd,
  end,
})

/**
 * Colours may span several lines, so they stay open at a line's end; a text of many unclosed ones must not make each
 * line slow.
 */
const MAX_OPEN_FONTS = 8

/** Marks that are open. Each is pushed and dropped once, so the scan stays linear. */
class Openers {
  readonly #counts = { anchor: 0, link: 0, bold: 0, code: 0, font: 0 }
  #stack: Opener[] = []

  has(kind: Span["kind"]): boolean {
    return this.#counts[kind] > 0
  }

  push(opener: Opener): void {
    if (opener.kind === "font" && this.#counts.font >= MAX_OPEN_FONTS) return
    this.#stack.push(opener)
    this.#counts[opener.kind]++
  }

  /** Takes the innermost mark of a kind; marks that were opened inside it and not closed are plain text. */
  take(kind: Span["kind"]): Opener | undefined {
    while (this.has(kind)) {
      const opener = this.#stack.pop()
      if (opener === undefined) break
      this.#counts[opener.kind]--
      if (opener.kind === kind) return opener
    }
    return undefined
  }

  endLine(): void {
    if (this.#stack.length === this.#counts.font) return
    this.#stack = this.#stack.filter(({ kind }) => kind === "font")
    this.#counts.bold = 0
    this.#counts.link = 0
  }
}

// `://` is rarer than `h`, but from there a second search backwards would have to find the start of the address.
const TEXT_SIGNS = /<|\$|https?:\/\//giu
const MARKDOWN_SIGNS = /[\n`*[\]<$]|https?:\/\//giu
const LINE_MARK = /(?:> ?){1,8}(?:#{1,6} )?|#{1,6} /y
const ID_TO_TRANSLATE =
  /\$(?:userName|departmentName|userAlias|userAliasOrName|chatName|msgContent|externalUserName)=[^\s$]{1,256}\$/y
// Visible ASCII without the characters that usually follow an address and do not belong to it.
const BARE_ADDRESS = /https?:\/\/[!#-&+-;=?-Z_a-z~]+/iy

/** Position and memory of one pass over a text. */
class Scan {
  readonly #text: string
  readonly #found = new Map<string, number>()
  resumeAt = 0
  lineEnd = 0

  constructor(text: string) {
    this.#text = text
  }

  nextSign(signs: RegExp, from: number): number {
    signs.lastIndex = from
    const at = signs.exec(this.#text)?.index ?? -1
    this.resumeAt = at + 1
    return at
  }

  /** Like `indexOf`, but it remembers the answer: a sign that does not come again is searched for only once. */
  next(sign: string, from: number): number {
    const known = this.#found.get(sign)
    if (known !== undefined && known >= from) return known
    const found = this.#text.indexOf(sign, from)
    const at = found < 0 ? Number.POSITIVE_INFINITY : found
    this.#found.set(sign, at)
    return at
  }

  startLine(at: number, lineMarks: LineMark[]): void {
    this.lineEnd = Math.min(this.next("\n", at), this.#text.length)
    this.resumeAt = at
    const end = matchEnd(LINE_MARK, this.#text, at)
    if (end < 0) return
    lineMarks.push({ start: at, end, lineEnd: this.lineEnd })
    this.resumeAt = end
  }

  /** End of the `(url)` that starts here, on this line, without blanks and with its brackets in pairs. */
  destinationEnd(at: number): number {
    if (this.#text[at] !== "(") return -1
    const limit = Math.min(this.lineEnd, this.next(" ", at))
    let end = at
    for (let depth = 1; depth > 0; depth--) {
      const closing = this.next(")", end + 1)
      if (closing >= limit) return end === at ? -1 : end + 1
      depth += count(this.#text, "(", end + 1, closing)
      end = closing
    }
    return end + 1
  }

  takeAtom(at: number, atoms: Atom[]): void {
    const pattern = this.#text[at] === "$" ? ID_TO_TRANSLATE : BARE_ADDRESS
    const end = matchEnd(pattern, this.#text, at)
    if (end < 0) return
    atoms.push({ start: at, end })
    this.resumeAt = end
  }
}

function matchEnd(sticky: RegExp, text: string, at: number): number {
  sticky.lastIndex = at
  return sticky.test(text) ? sticky.lastIndex : -1
}

function count(text: string, sign: string, from: number, to: number): number {
  let found = 0
  for (let at = from; at < to; at++) if (text[at] === sign) found++
  return found
}

/**
 * A link's address has at most 2048 bytes. A longer tag is not a link, and searching for its end without a limit would
 * be slow.
 */
const MAX_TAG_LENGTH = 4096

/** End of the opening tag `<name …>` that starts here, else -1. A `>` inside quotes does not end it. */
function tagEnd(text: string, at: number, name: string): number {
  const nameEnd = at + 1 + name.length
  if (text.slice(at, nameEnd).toLowerCase() !== `<${name}` || !isBlank(text[nameEnd])) return -1
  const limit = Math.min(text.length, at + MAX_TAG_LENGTH)
  let quote = ""
  for (let position = nameEnd; position < limit; position++) {
    const sign = text[position]
    if (quote !== "") {
      if (sign === quote) quote = ""
    } else if (sign === '"' || sign === "'") quote = sign
    else if (sign === ">") return position + 1
    else if (sign === "<") return -1
  }
  return -1
}

function closingTagEnd(text: string, at: number, name: string): number {
  const end = at + name.length + 3
  return text.slice(at, end).toLowerCase() === `</${name}>` ? end : -1
}

const isBlank = (sign: string | undefined): boolean => sign === " " || sign === "\t" || sign === "\n" || sign === "\r"
