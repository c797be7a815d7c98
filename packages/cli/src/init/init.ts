import { CommandError } from "../command-error.ts"
import { readSettings } from "../config/read-settings.ts"
import type { Context, Outcome } from "../context.ts"
import { reportSteps, tellNext, tellStep } from "../doctor/report-steps.ts"
import type { Step, StepName } from "../doctor/step.ts"
import { exitCode } from "../exit-code.ts"
import type { InitFlags } from "../flags.ts"
import { say as sayCommon } from "../texts.ts"
import { askedAt } from "./asked-at.ts"
import { readApp } from "./app-values.ts"
import { readDatabase } from "./database-value.ts"
import { writeEnvFile } from "./env-file.ts"
import type { EnvValues } from "./env-file.ts"
import { sendFirst } from "./first-message.ts"
import type { Setup } from "./setup.ts"
import { say } from "./texts.ts"

/**
 * Leads from the values of WeCom's console to the first message: asks for each value, tries it against WeCom or the
 * database, and writes it into `.env`. A second run takes the values that are there, tries them, and asks for the rest.
 */
export async function init(flags: InitFlags, context: Context): Outcome {
  const { language, output } = context
  const questions = askedAt(context)
  const steps: Step[] = []
  let isRunning = false
  let isKept = false
  const setup: Setup = {
    flags,
    context,
    questions,
    tell(step) {
      steps.push(step)
      if (questions !== undefined) tellStep(step, output)
    },
    keep(values) {
      isKept = true
      keepMissing(values, context)
    },
    noteGateway: (runs) => (isRunning = runs),
  }
  const code = (await readApp(setup)) ?? (await readDatabase(setup)) ?? (await sendFirst(setup)) ?? exitCode.ok
  if (questions === undefined) reportSteps({ told: [], steps, planned: plannedWith(steps), error: undefined }, context)
  if (code === exitCode.interrupted) {
    throw new CommandError("not_confirmed", exitCode.interrupted, say(language, isKept ? "stopped" : "stoppedEarly"))
  }
  if (code === exitCode.ok) tellNext(await nextCommands(flags, context, isRunning), context)
  return code
}

/** The steps of a database depend on its kind. */
function plannedWith(steps: readonly Step[]): readonly StepName[] {
  const ofDatabase = steps.map(({ step }) => step).filter((step) => step !== "app" && step !== "message")
  return ["app", ...(ofDatabase.length === 0 ? (["database"] as const) : ofDatabase), "message"]
}

function keepMissing(values: EnvValues, context: Context): void {
  const { language, output } = context
  const names = Object.keys(values)
  if (names.length === 0) return
  writeEnvFile(values, context)
  output.note(say(language, "written", { names: names.join(", "), path: ".env" }))
}

async function nextCommands(flags: InitFlags, context: Context, isRunning: boolean): Promise<readonly string[]> {
  const { layers } = await readSettings(flags, context)
  const hasGateway = layers.some(({ values }) => values["WECOM_PUSH_DATABASE_URL"] !== undefined)
  const send = `wecom-push send --mobile 13800000001 --text "${sayCommon(context.language, "exampleText")}"`
  return hasGateway && !isRunning ? ["wecom-push serve", send] : [send]
}
