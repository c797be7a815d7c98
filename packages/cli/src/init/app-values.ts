import { isWeComError } from "../report-failure.ts"
import { CommandError } from "../command-error.ts"
import type { CommandFault } from "../command-error.ts"
import { checkSettings } from "../config/check-settings.ts"
import type { Configuration } from "../config/check-settings.ts"
import { configurationError } from "../config/configuration.ts"
import { readSettings } from "../config/read-settings.ts"
import { settings } from "../config/settings.ts"
import type { Settings } from "../config/settings.ts"
import { connect } from "../connect.ts"
import { checkApp } from "../doctor/check-app.ts"
import type { Step } from "../doctor/step.ts"
import { exitCode } from "../exit-code.ts"
import { sourceWord } from "../source-word.ts"
import { say as sayCommon } from "../texts.ts"
import type { EnvValues } from "./env-file.ts"
import type { Ended, Setup } from "./setup.ts"
import type { Questions } from "./questions.ts"
import { say } from "./texts.ts"

const NAMES = ["corpId", "agentId", "secret"] as const

type Name = (typeof NAMES)[number]

const FLAGS = { corpId: "--corp-id", agentId: "--agent-id", secret: "--secret-file" } as const

/** Values that the person entered at the terminal; they take precedence over those found anywhere. */
type Entered = Partial<Record<Name, string>>

/** The app and the way to WeCom: asked for, tried by `gettoken` and `agent/get`, and kept once WeCom takes them. */
export async function readApp(setup: Setup): Promise<Ended> {
  const { flags, context, questions } = setup
  const { language } = context
  const entered: Entered = {}
  for (;;) {
    const read = await readSettings(flags, context)
    const found = { ...read.settings, ...asFound(entered) }
    const missing = NAMES.filter((name) => found[name] === undefined)
    if (missing.length > 0 && questions === undefined) throw missingError(missing, setup)
    const [first] = missing
    if (first !== undefined && questions !== undefined) {
      const value = await ask(first, questions, setup)
      if (value === undefined) return exitCode.interrupted
      entered[first] = value
      continue
    }
    const { configuration, faults } = checkSettings(found, language)
    const all = [...read.faults, ...faults]
    if (configuration === undefined || all.length > 0) {
      throw configurationError({ faults: all, isBlank: false }, [], language)
    }
    const { step, wrong } = await tryApp(configuration, setup)
    setup.tell(step)
    if (areTaken(wrong)) {
      setup.keep(notInFile(found, read.layers))
      tellOverridden(entered, read.layers, setup)
    }
    if (step.state !== "failed") return undefined
    if (questions === undefined) return exitCode.notSent
    const choice = await questions.choose({ message: say(language, "again"), choices: choicesFor(wrong, setup) })
    if (choice === undefined || choice === "stop") return exitCode.interrupted
    if (choice !== "same") {
      const value = await ask(choice, questions, setup)
      if (value === undefined) return exitCode.interrupted
      entered[choice] = value
    }
  }
}

/** The value that WeCom refuses; `way`: WeCom could not be asked. */
type Wrong = Name | "app" | "way"

async function tryApp(
  configuration: Configuration,
  { context }: Setup,
): Promise<{ readonly step: Step; readonly wrong?: Wrong }> {
  const { language, io } = context
  await using connection = connect(configuration, context)
  try {
    const step = checkApp(await connection.wecom.agent({ signal: io.interruption() }), language)
    return step.state === "failed" ? { step, wrong: "app" } : { step }
  } catch (error) {
    if (!isWeComError(error) || error.code === "aborted") throw error
    const step: Step = { step: "app", state: "failed", details: [error.message], hint: error.hint, error }
    if (error.errcode === undefined) return { step, wrong: "way" }
    if (error.api === "gettoken") return { step, wrong: error.errcode === BAD_CORP_ID ? "corpId" : "secret" }
    return { step, wrong: error.errcode === NOT_TRUSTED ? "app" : "agentId" }
  }
}

/** Values that gettoken accepted are right, even if the app or the address of this machine is wrong. */
function areTaken(wrong: Wrong | undefined): boolean {
  return wrong !== "corpId" && wrong !== "secret" && wrong !== "way"
}

const BAD_CORP_ID = 40013
const NOT_TRUSTED = 60020

function choicesFor(wrong: Wrong | undefined, { context: { language } }: Setup) {
  const again = { corpId: "againCorpId", agentId: "againAgentId", secret: "againSecret" } as const
  // A secret of another corp, too, is refused as a wrong secret.
  const named: readonly Name[] =
    wrong === "secret" ? ["secret", "corpId"] : wrong === "corpId" || wrong === "agentId" ? [wrong] : []
  return [
    ...named.map((choice) => ({ choice, words: say(language, again[choice]) })),
    { choice: "same" as const, words: say(language, "againSame") },
    { choice: "stop" as const, words: say(language, areTaken(wrong) ? "againStop" : "againStopEarly") },
  ]
}

function ask(name: Name, questions: Questions, { context: { language } }: Setup): Promise<string | undefined> {
  const question = {
    message: say(language, name),
    check: (value: string) => (value === "" ? say(language, "needed") : formFault(name, value, language)),
  }
  return name === "secret" ? questions.secret(question) : questions.text(question)
}

function formFault(name: Name, value: string, language: "zh" | "en"): string | undefined {
  if (name === "corpId" && /\s/.test(value)) return say(language, "corpIdForm")
  if (name === "agentId" && !/^[1-9]\d{0,9}$/.test(value)) return say(language, "agentIdForm")
  return undefined
}

function missingError(missing: readonly Name[], { context: { language } }: Setup): CommandError {
  const faults = missing.map((name): CommandFault => {
    const message = say(language, "missing", { meaning: sayCommon(language, MEANINGS[name]), flag: FLAGS[name] })
    return { path: settings[name].environment[0], message }
  })
  return new CommandError("configuration", exitCode.usage, say(language, "missingMany", { count: faults.length }), {
    faults,
  })
}

const MEANINGS = { corpId: "meaningCorpId", agentId: "meaningAgentId", secret: "meaningSecret" } as const

function asFound(entered: Entered): Settings {
  return Object.fromEntries(
    Object.entries(entered).map(([name, value]) => [name, { value, source: "dotenv", name: ".env" }]),
  )
}

type Layers = Awaited<ReturnType<typeof readSettings>>["layers"]

/** Values that `.env` does not have yet. */
function notInFile(found: Settings, layers: Layers): EnvValues {
  const file = layers.find(({ source }) => source === "dotenv")?.values ?? {}
  const values: Record<string, string> = {}
  for (const setting of ["corpId", "agentId", "secret", "baseUrl"] as const) {
    const value = found[setting]
    const [name] = settings[setting].environment
    // A file that another program keeps, or a configuration of several settings, stays where it is.
    if (value === undefined || value.source === "config" || value.name.endsWith("_FILE")) continue
    if (settings[setting].environment.some((other) => file[other] === value.value)) continue
    values[name] = value.value
    // Both at once are refused; an empty one counts as not set.
    if (file[`${name}_FILE`] !== undefined) values[`${name}_FILE`] = ""
  }
  return values
}

/** Warns of entered values that differ from the environment, which takes precedence the next time. */
function tellOverridden(entered: Entered, layers: Layers, { context: { language, output } }: Setup): void {
  for (const setting of NAMES) {
    const value = entered[setting]
    if (value === undefined) continue
    for (const { source, values } of layers) {
      if (source === "dotenv") break
      const name = settings[setting].environment.find((name) => (values[name] ?? "") !== "")
      if (name === undefined || values[name] === value) continue
      output.warn(say(language, "overridden", { name, where: sourceWord(source, language) }))
    }
  }
}
