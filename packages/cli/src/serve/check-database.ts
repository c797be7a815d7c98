import { CommandError } from "../command-error.ts"
import { readSettings } from "../config/read-settings.ts"
import type { Context, Outcome } from "../context.ts"
import { reportSteps } from "../doctor/report-steps.ts"
import type { Step, StepName } from "../doctor/step.ts"
import type { ToldSetting } from "../doctor/tell-settings.ts"
import { exitCode } from "../exit-code.ts"
import type { DoctorFlags } from "../flags.ts"
import { readLocalConfig } from "./local-config.ts"
import { say } from "./texts.ts"

/** Looks at the database of a gateway on this machine: everything, since one thing seldom rests on the other. */
export async function checkDatabase(flags: DoctorFlags, context: Context): Outcome {
  const { language } = context
  const unfit = (["mobile", "mobileCheck", "gateway", "key"] as const).filter((flag) => flags[flag] !== undefined)
  const read = await readSettings(flags, context)
  const given = flags.database === true ? undefined : flags.database
  const local = await readLocalConfig(
    read,
    { database: given, usualDatabase: "sqlite:./wecom-push.db", isTrial: false },
    context,
  )
  const { config, database, databaseShown } = local
  const faults = [
    ...unfit.map((flag) => ({ path: FLAGS[flag], message: say(language, "notWithDatabase") })),
    ...local.faults,
  ]
  if (faults.length > 0 || config === undefined) {
    const message = say(language, "cannotCheck", { count: faults.length })
    const error = new CommandError("configuration", exitCode.usage, message, { faults })
    reportSteps({ told: [], steps: [], planned: [], error }, context)
    return error.exitCode
  }
  const told: ToldSetting[] = [
    {
      setting: "database_url",
      name: given === undefined ? "WECOM_PUSH_DATABASE_URL" : "--database",
      source: "",
      value: databaseShown,
    },
  ]
  const { examineDatabase } = await import("@wecom-push/gateway")
  const { masterKey, databaseConnections: maxConnections, files } = config
  const steps: Step[] = []
  let isRunning = false
  for await (const found of examineDatabase({ database, masterKey, maxConnections, files })) {
    const { step, state, detail, hint, isTaken = false } = found
    isRunning ||= isTaken
    steps.push({ step, state, details: [detail[language]], ...(hint !== undefined && { hint: hint[language] }) })
  }
  const next = isRunning ? ["wecom-push doctor --gateway"] : startOn(given)
  const planned = steps.map(({ step }): StepName => step)
  reportSteps({ told, steps, planned, error: undefined, next }, context)
  return steps.some(({ state }) => state === "failed") ? exitCode.notSent : exitCode.ok
}

/** The command that starts a gateway on the database that was looked at; none for an address that may have a password in it. */
function startOn(given: string | undefined): readonly string[] {
  if (given === undefined) return ["wecom-push serve"]
  if (!given.startsWith("sqlite:")) return []
  return [`wecom-push serve --database ${given.includes(" ") ? `"${given}"` : given}`]
}

const FLAGS = { mobile: "--mobile", mobileCheck: "--mobile-check", gateway: "--gateway", key: "--key" } as const
