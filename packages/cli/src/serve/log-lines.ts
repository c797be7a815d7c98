import type { Context } from "../context.ts"
import { once } from "../output.ts"
import type { Output } from "../output.ts"
import { visible } from "../visible.ts"

/** Shows hints for the next step: only to people, never in a log. */
export interface Told extends Context {
  readonly hint: (line: string) => void
}

/**
 * On a terminal the gateway's output is for people, and log lines may come in between. Elsewhere stderr is a log of
 * JSON lines for a machine: other output becomes a line of it, and hints are printed on stdout after the address.
 */
export function tellBeside(context: Context, logLevel: string | undefined): Told {
  const { io, output } = context
  if (io.stderr.isTTY === true || logLevel === "silent") return { ...context, hint: (line) => output.note(line) }
  return {
    ...context,
    output: asLogLines(context),
    hint: (line) => {
      if (!output.quiet) output.data(line)
    },
  }
}

function asLogLines({ io, output }: Context): Output {
  const write = (level: "info" | "warn" | "fatal", msg: string, more: Readonly<Record<string, unknown>> = {}): void => {
    const time = new Date((io.clock ?? Date).now()).toISOString()
    io.stderr.write(`${visible(JSON.stringify({ level, time, msg, ...more }))}\n`)
  }
  const warn = (line: string): void => {
    if (!output.quiet) write("warn", line)
  }
  return {
    ...output,
    note: (line) => {
      if (!output.quiet) write("info", line)
    },
    warn,
    warnOnce: once(warn),
    complain: (line) => write("warn", line),
    fail: ({ code, message, hint, faults }) => write("fatal", String(message), { code, hint, faults }),
    paintNote: (_, text) => text,
  }
}
