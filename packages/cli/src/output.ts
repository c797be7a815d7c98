import { styleText } from "node:util"
import type { Language } from "@wecom-push/protocol"
import type { Io, Sink } from "./io.ts"
import { say } from "./texts.ts"

/** Everything the command says goes through here: data to stdout, all else to stderr. */
export interface Output {
  readonly language: Language
  readonly json: boolean
  readonly quiet: boolean
  /** What was asked for. */
  data(line: string): void
  /** Good to know; left out by `--quiet`. */
  note(line: string): void
  /** May be a mistake, though the work goes on; left out by `--quiet`. */
  warn(line: string): void
  /** What went wrong. */
  complain(line: string): void
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
  const note = (line: string): void => void (options.quiet || stderr.write(`${line}\n`))
  return {
    ...options,
    data: (line) => void stdout.write(`${line}\n`),
    note,
    warn: (line) => note(`${paintNote("yellow", say(options.language, "warning"))}${line}`),
    complain: (line) => void stderr.write(`${line}\n`),
    paintData: paintFor(stdout, env),
    paintNote,
  }
}

function paintFor(sink: Sink, env: Io["env"]): Paint {
  if (!isColourful(sink, env)) return (_, text) => text
  return (style, text) => styleText(style, text, { validateStream: false })
}

/** As Node itself decides: FORCE_COLOR beats NO_COLOR beats what the stream is. */
function isColourful(sink: Sink, env: Io["env"]): boolean {
  const forced = env["FORCE_COLOR"]
  if (forced !== undefined) return forced !== "0" && forced !== "false"
  const off = env["NO_COLOR"]
  if (off !== undefined && off !== "") return false
  return sink.isTTY === true && env["TERM"] !== "dumb"
}
