import type { CommandError } from "../command-error.ts"
import type { Context } from "../context.ts"
import { padEnd } from "../display-width.ts"
import type { Output, PaintStyle } from "../output.ts"
import { complain, errorJson } from "../report-failure.ts"
import { say } from "../texts.ts"
import type { PlainTextKey } from "../texts.ts"
import type { Step, StepName } from "./step.ts"
import type { ToldSetting } from "./tell-settings.ts"

export interface Findings {
  readonly told: readonly ToldSetting[]
  /** The steps that were tried, in order; those after a failed one were not. */
  readonly steps: readonly Step[]
  /** All steps that were planned. */
  readonly planned: readonly StepName[]
  /** A fault of the configuration or the command line itself. */
  readonly error: CommandError | undefined
  /** The next commands when everything is well. */
  readonly next?: readonly string[]
}

/** Prints the results, and the first fault with how to correct it. */
export function reportSteps(findings: Findings, context: Context): void {
  const { output, language } = context
  if (output.json) output.data(JSON.stringify(findingsJson(findings, output)))
  else tell(findings, output)
  if (findings.error !== undefined && !output.json) complain(findings.error, output)
  const isWell = findings.error === undefined && findings.steps.every(({ state }) => state !== "failed")
  if (!isWell) return
  const isWarned = findings.steps.some(({ state }) => state === "warning")
  const [style, text] = isWarned ? (["yellow", "wellButWarned"] as const) : (["green", "allWell"] as const)
  output.note(output.paintNote(style, say(language, text)))
  if (findings.next !== undefined && findings.next.length > 0) tellNext(findings.next, context)
}

/** The next commands to type. */
export function tellNext(commands: readonly string[], { io, output, language }: Context): void {
  // Under npx a shell does not find `wecom-push` by itself.
  const start = io.env["npm_command"] === "exec" ? "npx " : ""
  output.note(say(language, "next"))
  for (const command of commands) output.note(`  ${start}${command}`)
}

function findingsJson({ told, steps, planned, error }: Findings, output: Output): Record<string, unknown> {
  const failed = steps.find(({ state }) => state === "failed")
  const cause = error ?? failed?.error
  return {
    ok: error === undefined && failed === undefined,
    settings: told,
    steps: planned.map((name) => {
      const step = steps.find((step) => step.step === name)
      return { step: name, state: step?.state ?? "skipped", details: step?.details ?? [], hint: step?.hint ?? null }
    }),
    error: cause === undefined ? null : errorJson(cause, output.language),
  }
}

function tell({ told, steps, planned, error }: Findings, output: Output): void {
  const { language, paintData } = output
  const nameWidth = Math.max(0, ...told.map(({ name }) => name.length))
  const isRead = error === undefined
  head({ mark: isRead ? "✓" : "✗", style: isRead ? "green" : "red" }, "stepConfiguration", "", output)
  for (const { name, value, source } of told) {
    const from = source === "" ? "" : paintData("dim", say(language, "inBrackets", { what: source }))
    output.data(`    ${padEnd(name, nameWidth)}  ${value}  ${from}`.trimEnd())
  }
  for (const name of planned) {
    const step = steps.find((step) => step.step === name)
    if (step === undefined) head(looks.skipped, stepWords[name], say(language, "skipped"), output)
    else tellStep(step, output)
  }
}

/** One step: its mark, what was found, and how to mend it. */
export function tellStep({ step, state, details, hint }: Step, output: Output): void {
  const [first = "", ...more] = details
  const below = (text: string): void => output.data(`  ${" ".repeat(WIDTH)}${text}`)
  head(looks[state], stepWords[step], first, output)
  for (const detail of more) below(detail)
  if (hint !== undefined) below(output.paintData("bold", `→ ${hint}`))
}

interface Look {
  readonly mark: string
  readonly style: PaintStyle
}

function head({ mark, style }: Look, name: PlainTextKey, text: string, output: Output): void {
  output.data(`${output.paintData(style, mark)} ${padEnd(say(output.language, name), WIDTH)}${text}`.trimEnd())
}

const WIDTH = 14

const looks = {
  ok: { mark: "✓", style: "green" },
  warning: { mark: "!", style: "yellow" },
  failed: { mark: "✗", style: "red" },
  skipped: { mark: "-", style: "dim" },
} as const

const stepWords = {
  reach: "stepReach",
  token: "stepToken",
  app: "stepApp",
  person: "stepPerson",
  message: "stepMessage",
  key: "stepKey",
  readiness: "stepReady",
  apps: "stepApps",
  database: "stepDatabase",
  space: "stepSpace",
  server: "stepServer",
  rights: "stepRights",
  schema: "stepSchema",
  durability: "stepDurability",
  clock: "stepClock",
  pooling: "stepPooling",
  connections: "stepConnections",
  dead_rows: "stepDeadRows",
  master_key: "stepMasterKey",
  files: "stepFiles",
} as const satisfies Record<StepName, PlainTextKey>
