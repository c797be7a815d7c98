import { CommanderError } from "commander"
import type { Command } from "commander"
import type { Run } from "./adder.ts"
import { CommandError } from "./command-error.ts"
import type { Context } from "./context.ts"
import { earlyFlags } from "./early-flags.ts"
import { endWith } from "./ending.ts"
import { exitCode } from "./exit-code.ts"
import type { ExitCode } from "./exit-code.ts"
import { processIo } from "./process-io.ts"
import type { Io } from "./io.ts"
import { pickLanguage } from "./language.ts"
import { leftOut } from "./left-out.ts"
import { outputOf } from "./output.ts"
import type { Output } from "./output.ts"
import { commandOf } from "./command-of.ts"
import { buildProgram } from "./program.ts"
import type { CommonFlags } from "./flags.ts"
import { EarlyStop } from "./stop-early.ts"
import { say } from "./texts.ts"
import type { CommandLine } from "./usage.ts"
import { readVersion } from "./version.ts"

/**
 * Runs one command line (without the `node` and script words) and resolves with its exit code. Never rejects.
 * Each command is imported when it is asked for, so that `--help` loads none of them.
 */
export async function main(argv: readonly string[], io: Io = processIo()): Promise<ExitCode> {
  const early = earlyFlags(argv)
  const language = pickLanguage(early.lang, io.env)
  let output = outputOf(io, { language, json: early.json, quiet: false })
  let ended: ExitCode = exitCode.ok
  const earlyStop = new EarlyStop(io)

  /** Settles what the flags decide for every command, then runs this one. */
  const run: Run = async (flags, command) => {
    const language = pickLanguage(flags.lang, io.env)
    output = outputOf(io, { language, json: flags.json === true, quiet: flags.quiet === true })
    refuseUnknownLanguage(flags, output.language)
    ended = await earlyStop.run(language, (io) => command({ io, language, output }))
  }

  const program = buildProgram(
    language,
    { run, argv },
    {
      version: readVersion(),
      columns: io.stdout.columns ?? 80,
      write: (text) => void io.stdout.write(text),
      writeError: (text) => void (early.json || io.stderr.write(text)),
    },
    // A command that comes first is the one; behind something else it may be a word that happens to be called so.
    argv[0] === early.command ? early.command : undefined,
  )

  program.hook("preAction", (_, command) => refuseLeftOut(command.name(), language))

  /** A program that reads the log of a gateway reads there why it did not start. */
  const outputBesideLog = async (): Promise<Output> => {
    const { tellBeside } = await import("./serve/log-lines.ts")
    return tellBeside({ io, language: output.language, output }, io.env["LOG_LEVEL"]).output
  }

  const perform = async (): Promise<ExitCode> => {
    try {
      if (argv.some((word) => word.includes("\uFFFD"))) {
        const { refuseBadArguments } = await import("./argument-bytes.ts")
        refuseBadArguments(argv, io, language)
      }
      await program.parseAsync(keepMsgidWhole(asHelpFlag(program, argv)), { from: "user" })
      return ended
    } catch (error) {
      if (error instanceof CommanderError && error.exitCode === 0) return exitCode.ok
      const told = error instanceof CommanderError ? await usageError(error, { program, argv, language }) : error
      const { reportFailure } = await import("./report-failure.ts")
      return reportFailure(told, early.command, early.command === "serve" ? await outputBesideLog() : output)
    }
  }
  const code = await endWith(await perform(), early.command, io, output.language)
  if (earlyStop.isLeft) io.exit?.(code)
  return code
}

async function usageError(error: CommanderError, line: CommandLine): Promise<CommandError> {
  const { usageErrorOf } = await import("./usage.ts")
  return usageErrorOf(error, line)
}

/** Commander shows the general help where help of an unknown command is asked for, and `help` knows no command below another. */
function asHelpFlag(program: Command, argv: readonly string[]): readonly string[] {
  const words = argv[0] === "help" ? [...argv.slice(1), "--help"] : argv
  if (!words.includes("--help") && !words.includes("-h")) return words
  const { unknown } = commandOf(program, words)
  return unknown === undefined ? words : words.slice(0, words.indexOf(unknown) + 1)
}

function refuseUnknownLanguage({ lang }: CommonFlags, language: Context["language"]): void {
  if (lang === undefined || lang === "zh" || lang === "en") return
  throw new CommandError("usage", exitCode.usage, say(language, "badLanguage", { value: lang }))
}

function refuseLeftOut(command: string, language: Context["language"]): void {
  if (!leftOut.some((name) => name === command)) return
  const message = say(language, "commandLeftOut", { name: command })
  throw new CommandError("left_out", exitCode.usage, message, { hint: say(language, "takePackage") })
}

/** A msgid or code is opaque and may start with a dash, which would make it a flag; no flag of ours is that long. */
function keepMsgidWhole(argv: readonly string[]): readonly string[] {
  if ((argv[0] !== "recall" && argv[0] !== "card") || argv.includes("--")) return argv
  const msgid = argv.findIndex((word) => word.startsWith("-") && word.length > 24 && !word.includes("="))
  return msgid === -1 ? argv : [...argv.slice(0, msgid), ...argv.slice(msgid + 1), "--", argv[msgid] ?? ""]
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2))
