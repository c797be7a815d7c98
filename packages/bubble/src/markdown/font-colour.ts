import type { StateInline, MarkdownIt } from "markdown-it"

const OPENING = /<font\s+color\s*=\s*["']?(info|comment|warning)["']?\s*>/iy
const CLOSING = /<\/font\s*>/gi

/** An inline rule for `<font color="info|comment|warning">`, the one element that WeCom's markdown knows. */
export function fontColour(md: MarkdownIt): void {
  md.inline.ruler.push("font_colour", readFont)
}

function readFont(state: StateInline, isSilent: boolean): boolean {
  if (state.src.charCodeAt(state.pos) !== LESS_THAN) return false
  OPENING.lastIndex = state.pos
  const opening = OPENING.exec(state.src)
  if (opening === null) return false
  CLOSING.lastIndex = OPENING.lastIndex
  const closing = CLOSING.exec(state.src)
  if (closing === null || closing.index > state.posMax) return false

  if (!isSilent) {
    const open = state.push("font_open", "span", 1)
    open.info = (opening[1] ?? "").toLowerCase()
    const { posMax } = state
    state.pos = opening.index + opening[0].length
    state.posMax = closing.index
    state.md.inline.tokenize(state)
    state.posMax = posMax
    state.push("font_close", "span", -1)
  }
  state.pos = closing.index + closing[0].length
  return true
}

const LESS_THAN = 0x3c
