import { styleText } from "node:util"
import type { Language } from "@wecom-push/protocol"
import type { Io, Sink } from "./io.ts"
import { say } from "./texts.ts"
import { visible } from "./visible.ts"

/**
 * Everything the command says goes through here, line by line: data to stdout, all else to stderr. A line end inside of a
 * line comes from foreign text and is shown as a blank, or it would begin a line that looks like ours.
 */
export interface Output {
  readonly language: Language
  readonly json: boolean
  readonly quiet: boolean
  /** The answer to the command. */
  data(line: string): void
  /** Good to know; left out by `--quiet`. */
  note(line: string): void
  /** May be a mistake, though the work continues; left out by `--quiet`. */
  warn(line: string): void
  /** What several steps of a command come upon is said by the first. */
  warnOnce(line: string): void
  /** The error. */
  complain(line: string): void
  /** Takes what went wrong as a whole, as `--json` has it, where stderr is a log. */
  readonly fail?: (failure: Readonly<Record<string, unknown>>) => void
  readonly paintData: Paint
  readonly paintNote: Paint
}

type Paint = (style: PaintStyle, text: string) => string
export type PaintStyle = "bold" | "dim" | "red" | "green" | "yellow" | "cyan"

export interface OutputOptions {
  readonly language: Language
  readonly json: boolean
  readonly quiet: boolean
}

export function outputOf({ stdout, stderr, env }: Io, options: OutputOptions): Output {
  const paintNote = paintFor(stderr, env)
  const note = (line: string): void => void (options.quiet || stderr.write(`${finished(line)}\n`))
  const warn = (line: string): void => note(`${paintNote("yellow", say(options.language, "warning"))}${line}`)
  return {
    ...options,
    data: (line) => void stdout.write(`${finished(line)}\n`),
    note,
    warn,
    warnOnce: once(warn),
    complain: (line) => void stderr.write(`${finished(line)}\n`),
    paintData: paintFor(stdout, env),
    paintNote,
  }
}

/** @param tell is given each line once */
export function once(tell: (line: string) => void): (line: string) => void {
  const told = new Set<string>()
  return (line) => {
    if (!told.has(line)) tell(line)
    told.add(line)
  }
}

function paintFor(sink: Sink, env: Io["env"]): Paint {
  if (!isColourful(sink, env)) return (_, text) => text
  return (style, text) => {
    return styleText(style, visible(text), { validateStream: false }).replaceAll(ESCAPE, ownEscape)
  }
}

const ESCAPE = "\u001B"

/**
 * In place of the escape character of our own colours until a line is written. Foreign text cannot hold it, so that
 * every other one is shown as text, wherever in a line it came from. Not by `node:crypto`, which takes each start 5 ms:
 * another process's text cannot know it either way.
 */
const ownEscape = `own-${Math.random()}-escape`

function finished(line: string): string {
  return visible(line.replaceAll(/[\r\n]+/g, " ")).replaceAll(ownEscape, ESCAPE)
}

/** As Node itself decides: FORCE_COLOR beats NO_COLOR beats what the stream is. */
function isColourful(sink: Sink, env: Io["env"]): boolean {
  const forced = env["FORCE_COLOR"]
  if (forced !== undefined) return forced !== "0" && forced !== "false"
  const off = env["NO_COLOR"]
  if (off !== undefined && off !== "") return false
  return sink.isTTY === true && env["TERM"] !== "dumb"
}
