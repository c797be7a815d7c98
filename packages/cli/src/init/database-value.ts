import { randomBytes } from "node:crypto"
import { readSettings } from "../config/read-settings.ts"
import type { SettingsRead } from "../config/read-settings.ts"
import { CommandError } from "../command-error.ts"
import type { Step } from "../doctor/step.ts"
import { exitCode } from "../exit-code.ts"
import { readLocalConfig } from "../serve/local-config.ts"
import { say as sayOfServe } from "../serve/texts.ts"
import type { EnvValues } from "./env-file.ts"
import type { Ended, Setup } from "./setup.ts"
import type { Questions } from "./questions.ts"
import { say } from "./texts.ts"

const NAME = "WECOM_PUSH_DATABASE_URL"
const USUAL_FILE = "./wecom-push.db"

/** Where a gateway keeps its messages: one file, PostgreSQL, or no gateway. Looked at as `doctor --database` does. */
export async function readDatabase(setup: Setup): Promise<Ended> {
  const { flags, context, questions } = setup
  const { language } = context
  let entered: string | undefined
  for (;;) {
    const read = await readSettings(flags, context)
    const isNamed = read.layers.some(({ values }) => isSet(values[NAME]) || isSet(values[`${NAME}_FILE`]))
    const given = entered ?? flags.database
    if (given === undefined && !isNamed) {
      if (questions === undefined) return tellNone(setup)
      const answer = await askWhere(questions, setup)
      if (answer === undefined) return exitCode.interrupted
      if (answer === "none") return tellNone(setup)
      entered = answer.url
      continue
    }
    const more = given === undefined ? {} : valuesFor(given, read)
    const found = await examine(given, withValues(read, more, context.io.cwd), setup)
    for (const step of found) setup.tell(step)
    if (found.every(({ state }) => state !== "failed")) {
      if (given !== undefined) setup.keep(more)
      if (more["WECOM_PUSH_MASTER_KEY"] !== undefined) context.output.note(say(language, "masterKeyMade"))
      return undefined
    }
    if (questions === undefined) return exitCode.notSent
    const choice = await questions.choose({
      message: say(language, "again"),
      choices: [
        { choice: "other", words: say(language, "againDatabase") },
        { choice: "same", words: say(language, "againSame") },
        { choice: "stop", words: say(language, "againStop") },
      ],
    })
    if (choice === undefined || choice === "stop") return exitCode.interrupted
    if (choice === "same") continue
    const answer = await askWhere(questions, setup)
    if (answer === undefined) return exitCode.interrupted
    if (answer === "none") return tellNone(setup)
    entered = answer.url
  }
}

function tellNone(setup: Setup): undefined {
  setup.tell({ step: "database", state: "ok", details: [say(setup.context.language, "noDatabase")] })
}

async function askWhere(
  questions: Questions,
  { context: { language } }: Setup,
): Promise<{ readonly url: string } | "none" | undefined> {
  const where = await questions.choose({
    message: say(language, "where"),
    choices: [
      { choice: "file", words: say(language, "whereFile") },
      { choice: "postgres", words: say(language, "wherePostgres") },
      { choice: "none", words: say(language, "whereNone") },
    ],
  })
  if (where === undefined || where === "none") return where
  const isFile = where === "file"
  const answer = isFile
    ? await questions.text({ message: say(language, "file"), usual: USUAL_FILE, check: () => undefined })
    : // The address has a password in it.
      await questions.secret({ message: say(language, "postgres"), check: (url) => postgresFault(url, language) })
  return answer === undefined ? undefined : { url: isFile ? `sqlite:${answer.replace(/^sqlite:/, "")}` : answer }
}

function postgresFault(url: string, language: "zh" | "en"): string | undefined {
  if (url === "") return say(language, "needed")
  return /^postgres(?:ql)?:\/\//.test(url) ? undefined : sayOfServe(language, "badDatabase")
}

/** The lines for `.env`. Gateways that share a database need one master key; beside a file one is made by itself. */
function valuesFor(url: string, { layers }: SettingsRead): EnvValues {
  const hasKey = layers.some(
    ({ values }) => isSet(values["WECOM_PUSH_MASTER_KEY"]) || isSet(values["WECOM_PUSH_MASTER_KEY_FILE"]),
  )
  const key = url.startsWith("postgres") && !hasKey ? { WECOM_PUSH_MASTER_KEY: randomBytes(32).toString("hex") } : {}
  return { [NAME]: url, ...key }
}

function withValues(read: SettingsRead, values: EnvValues, folder: string): SettingsRead {
  return { ...read, layers: [{ source: "dotenv", values, folder }, ...read.layers] }
}

async function examine(given: string | undefined, read: SettingsRead, setup: Setup): Promise<readonly Step[]> {
  const { context } = setup
  const { language } = context
  const options = { database: given, usualDatabase: `sqlite:${USUAL_FILE}`, isTrial: false }
  const local = await readLocalConfig(read, options, context)
  const { config, database, faults } = local
  if (config === undefined || faults.length > 0) {
    if (setup.questions === undefined) {
      throw new CommandError(
        "configuration",
        exitCode.usage,
        sayOfServe(language, "cannotCheck", { count: faults.length }),
        { faults },
      )
    }
    return [{ step: "database", state: "failed", details: faults.map(({ path, message }) => `${path}: ${message}`) }]
  }
  const { examineDatabase } = await import("@wecom-push/gateway")
  const { masterKey, databaseConnections: maxConnections, files } = config
  const steps: Step[] = []
  for await (const found of examineDatabase({ database, masterKey, maxConnections, files })) {
    const { step, state, detail, hint, isTaken = false } = found
    if (step === "reach") setup.noteGateway(isTaken)
    // The file or the server; "network" would be wrong of a file.
    const shownAs = step === "reach" ? "database" : step
    steps.push({
      step: shownAs,
      state,
      details: [detail[language]],
      ...(hint !== undefined && { hint: hint[language] }),
    })
  }
  return steps
}

function isSet(value: string | undefined): value is string {
  return value !== undefined && value.trim() !== ""
}
