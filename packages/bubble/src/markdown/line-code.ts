import type { StateInline, MarkdownIt } from "markdown-it"

const CODE = /`([^`\n]+)`/y

/** An inline rule for code: markdown's own would also take what spans lines, and fences, which WeCom shows as typed. */
export function lineCode(md: MarkdownIt): void {
  md.inline.ruler.push("line_code", readCode)
}

function readCode(state: StateInline, isSilent: boolean): boolean {
  CODE.lastIndex = state.pos
  const code = CODE.exec(state.src)
  if (code === null || CODE.lastIndex > state.posMax) return false
  if (!isSilent) state.push("line_code", "code", 0).content = code[1] ?? ""
  state.pos = CODE.lastIndex
  return true
}
