import { CommanderError } from "commander"
import { CommandError } from "./command-error.ts"
import type { Context, Outcome } from "./context.ts"
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
import { buildProgram } from "./program.ts"
import type { CommonFlags } from "./flags.ts"
import { EarlyStop } from "./stop-early.ts"
import { say } from "./texts.ts"
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
  const run = async (flags: CommonFlags, command: (context: Context) => Outcome): Promise<void> => {
    const language = pickLanguage(flags.lang, io.env)
    output = outputOf(io, { language, json: flags.json === true, quiet: flags.quiet === true })
    refuseUnknownLanguage(flags, output.language)
    ended = await earlyStop.run(language, (io) => command({ io, language, output }))
  }

  const program = buildProgram(
    language,
    {
      send: (flags) => run(flags, async (context) => (await import("./send/send.ts")).send(flags, context)),
      lookup: (flags) => run(flags, async (context) => (await import("./lookup.ts")).lookup(flags, context)),
      recall: (msgid, flags) =>
        run(flags, async (context) => (await import("./recall.ts")).recall(msgid, flags, context)),
      updateCard: (code, flags) =>
        run(flags, async (context) => (await import("./cards/update-card.ts")).updateCard(code, flags, context)),
      members: (flags) =>
        run(flags, async (context) => (await import("./contacts/contacts.ts")).members(flags, context)),
      departments: (flags) =>
        run(flags, async (context) => (await import("./contacts/contacts.ts")).departments(flags, context)),
      tags: (id, flags) =>
        run(flags, async (context) => (await import("./contacts/contacts.ts")).tags(id, flags, context)),
      createChat: (flags) =>
        run(flags, async (context) => (await import("./chats/chats.ts")).createChat(flags, context)),
      getChat: (chatid, flags) =>
        run(flags, async (context) => (await import("./chats/chats.ts")).getChat(chatid, flags, context)),
      updateChat: (chatid, flags) =>
        run(flags, async (context) => (await import("./chats/chats.ts")).updateChat(chatid, flags, context)),
      uploadForRobot: (file, flags) =>
        run(flags, async (context) => (await import("./robot/upload.ts")).uploadForRobot(file, flags, context)),
      simulate: (flags) =>
        run(flags, async (context) => (await import("./simulate/simulate.ts")).simulate(flags, context)),
      listen: (flags) => run(flags, async (context) => (await import("./listen/listen.ts")).listen(flags, context)),
      doctor: (flags) => run(flags, async (context) => (await import("./doctor/doctor.ts")).doctor(flags, context)),
      init: (flags) => run(flags, async (context) => (await import("./init/init.ts")).init(flags, context)),
      complete: async () => (await import("./complete.ts")).complete(argv, { io, language, output }),
      serve: (flags) => run(flags, async (context) => (await import("./serve/serve.ts")).serve(flags, context)),
      backup: (file, flags) =>
        run(flags, async (context) => (await import("./serve/backup.ts")).backup(file, flags, context)),
      migrate: (flags) => run(flags, async (context) => (await import("./serve/migrate.ts")).migrate(flags, context)),
      move: (flags) => run(flags, async (context) => (await import("./serve/move.ts")).move(flags, context)),
      readyz: (flags) => run(flags, async (context) => (await import("./serve/readyz.ts")).readyz(flags, context)),
      status: (id, flags) =>
        run(flags, async (context) => (await import("./gateway/status.ts")).status(id, flags, context)),
      retry: (id, flags) =>
        run(flags, async (context) => (await import("./gateway/retry.ts")).retry(id, flags, context)),
      cancel: (id, flags) =>
        run(flags, async (context) => (await import("./gateway/cancel.ts")).cancel(id, flags, context)),
      tail: (flags) => run(flags, async (context) => (await import("./gateway/tail.ts")).tail(flags, context)),
      mcp: (flags) => run(flags, async (context) => (await import("./gateway/mcp.ts")).mcp(flags, context)),
      listKeys: (flags) => run(flags, async (context) => (await import("./gateway/keys.ts")).listKeys(flags, context)),
      createKey: (flags) =>
        run(flags, async (context) => (await import("./gateway/keys.ts")).createKey(flags, context)),
      rotateKey: (id, flags) =>
        run(flags, async (context) => (await import("./gateway/keys.ts")).rotateKey(id, flags, context)),
      revokeKey: (id, flags) =>
        run(flags, async (context) => (await import("./gateway/keys.ts")).revokeKey(id, flags, context)),
      listSources: (flags) =>
        run(flags, async (context) => (await import("./gateway/sources.ts")).listSources(flags, context)),
      createSource: (flags) =>
        run(flags, async (context) => (await import("./gateway/sources.ts")).createSource(flags, context)),
      previewTemplate: (file, flags) =>
        run(flags, async (context) => (await import("./gateway/sources.ts")).previewTemplate(file, flags, context)),
      rotateSource: (id, flags) =>
        run(flags, async (context) => (await import("./gateway/sources.ts")).rotateSource(id, flags, context)),
      revokeSource: (id, flags) =>
        run(flags, async (context) => (await import("./gateway/sources.ts")).revokeSource(id, flags, context)),
      listApps: (flags) => run(flags, async (context) => (await import("./gateway/apps.ts")).listApps(flags, context)),
      addApp: (name, flags) =>
        run(flags, async (context) => (await import("./gateway/apps.ts")).addApp(name, flags, context)),
      setApp: (name, flags) =>
        run(flags, async (context) => (await import("./gateway/apps.ts")).setApp(name, flags, context)),
      removeApp: (name, flags) =>
        run(flags, async (context) => (await import("./gateway/apps.ts")).removeApp(name, flags, context)),
    },
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
      await program.parseAsync(keepMsgidWhole(argv), { from: "user" })
      return ended
    } catch (error) {
      if (error instanceof CommanderError && error.exitCode === 0) return exitCode.ok
      const told = error instanceof CommanderError ? await usageError(error, language) : error
      const { reportFailure } = await import("./report-failure.ts")
      return reportFailure(told, early.command, early.command === "serve" ? await outputBesideLog() : output)
    }
  }
  const code = await endWith(await perform(), early.command, io, output.language)
  if (earlyStop.isLeft) io.exit?.(code)
  return code
}

async function usageError(error: CommanderError, language: Context["language"]): Promise<CommandError> {
  const { usageErrorOf } = await import("./usage.ts")
  return usageErrorOf(error, language)
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
