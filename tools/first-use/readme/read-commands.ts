import { spawnSync } from "node:child_process"
import { fencedBlocks } from "../../fenced-blocks.ts"

/** Something a page tells its reader to type. */
export interface Typed {
  readonly kind: "command" | "typescript"
  readonly line: number
  /** A command without the comment after it, or a block of TypeScript, unchanged. */
  readonly text: string
  /** Whether it is inside a sentence, and not in a block of its own. */
  readonly isInline: boolean
}

/** Everything a page tells its reader to type, in the order of reading. */
export function readTyped(markdown: string): Typed[] {
  const blocks = fencedBlocks(markdown).flatMap(({ line, language, body }): Typed[] => {
    if (language === "ts") return [{ kind: "typescript", line, text: body, isInline: false }]
    return SHELLS.has(language) ? commandsOf(body, line) : []
  })
  return [...blocks, ...inlineCommands(markdown)].toSorted((a, b) => a.line - b.line)
}

const SHELLS: ReadonlySet<string> = new Set(["sh", "bash", "shell", "console", "zsh", "powershell"])

/** Splits a block into commands. Lines after which bash would wait for more belong to one command. */
function commandsOf(block: string, firstLine: number): Typed[] {
  const commands: Typed[] = []
  let begun = { line: 0, text: "" }
  for (const [index, line] of block.split("\n").entries()) {
    if (begun.text === "" && (line.trim() === "" || line.trim().startsWith("#"))) continue
    begun = begun.text === "" ? { line: firstLine + index, text: line } : { ...begun, text: `${begun.text}\n${line}` }
    if (!isWhole(begun.text)) continue
    commands.push({ kind: "command", line: begun.line, text: withoutComment(begun.text), isInline: false })
    begun = { line: 0, text: "" }
  }
  if (begun.text.trim() !== "") {
    commands.push({ kind: "command", line: begun.line, text: begun.text.trimEnd(), isInline: false })
  }
  return commands
}

function isWhole(text: string): boolean {
  if (text.endsWith("\\")) return false
  // bash only warns about a here-document that has no end.
  const { status, stderr } = spawnSync("bash", ["-n"], { input: `${text}\n:\n`, encoding: "utf8" })
  return status === 0 && stderr === ""
}

/** `#` after white space, outside of quotes, begins a comment. Several lines stay, because a here-document has no comments. */
function withoutComment(command: string): string {
  if (command.includes("\n")) return command.trimEnd()
  let quote = ""
  for (let at = 0; at < command.length; at++) {
    const sign = command.charAt(at)
    if (quote !== "") quote = sign === quote ? "" : quote
    else if (sign === "'" || sign === '"') quote = sign
    else if (sign === "#" && /\s/.test(command.charAt(at - 1))) return command.slice(0, at).trimEnd()
  }
  return command.trimEnd()
}

/** Code inside a sentence that begins with a program's name. */
function inlineCommands(markdown: string): Typed[] {
  // Replaced by blanks, not removed, so that lines keep their numbers.
  const prose = markdown.replaceAll(/^```[\s\S]*?^```$/gm, (block) => block.replaceAll(/[^\n]/g, " "))
  return [...prose.matchAll(/`((?:npm|npx|node|curl|docker|git|wecom-push) [^`]+)`/g)].map(
    ({ index, 1: text = "" }) => ({
      kind: "command",
      line: prose.slice(0, index).split("\n").length,
      text,
      isInline: true,
    }),
  )
}
