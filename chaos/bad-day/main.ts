// A day on which much goes wrong beside the gateways: npm run bad-day -- --help
import { mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { readOptions } from "../../tools/options.ts"
import { packCommand } from "../../tools/packed-command.ts"
import { DAY_CONTROL_NAMES, DAY_CONTROLS, isDayControl } from "../controls/damage-day.ts"
import { findProgram } from "../../tools/testing/programs.ts"
import { describe } from "../gateway/describe.ts"
import type { DayVerdict } from "./judge-day.ts"

const { values, lineWith } = readOptions({
  command: "npm run bad-day",
  about:
    "Troubles that are not the gateway's own, drawn at random while programs post: contents that something in between\nanswers with HTML or cuts, clocks that are set by days, storms to one member, gateways that stand still; with --nodes\na database that is troubled too, and once is taken over by a standby that lacks its last commits. Judges that all is sent once, and that no app was silent.",
  options: {
    nodes: { kind: "count", help: "gateways on one PostgreSQL; without it one gateway on SQLite" },
    troubles: { kind: "count", default: 40, help: "how many there are" },
    seed: { kind: "text", help: "one day is like another of the same seed; drawn unless given" },
    "silence-ms": {
      kind: "count",
      default: 20_000,
      help: "longest that an app may begin no call while it could; more where the machine has much else to do",
    },
    "snapshot-ms": {
      kind: "count",
      help: "for how long each snapshot of the database is held, as by a long backup; some seconds unless given",
    },
    control: {
      kind: "text",
      oneOf: DAY_CONTROL_NAMES,
      help: "a gateway that is broken on purpose, and must be found out",
    },
    keep: { kind: "flag", help: "leaves logs and databases of a day that was well too" },
  },
})
const { troubles, control, seed = String(Date.now()) } = values
if (control !== undefined && values.nodes !== undefined) {
  console.error("--control is of one gateway, without --nodes")
  process.exit(2)
}
// The installed PostgreSQL is used where there is one; the variable is read when the first module that starts one is loaded.
const installed = findProgram("postgresql")
if (installed !== undefined) process.env["WECOM_PUSH_TEST_POSTGRES_PROGRAMS"] ??= dirname(installed)
const { runDay } = await import("./run-day.ts")
const root = join(tmpdir(), "wecom-push-chaos")
mkdirSync(root, { recursive: true })
const folder = mkdtempSync(join(root, "bad-day-"))
const startedAt = performance.now()
const seconds = (): string => `${Math.round((performance.now() - startedAt) / 1000)} s`
const verdict = await judged()
console.log(verdict.told)
const isGood = control === undefined ? verdict.isGood : isFound(control, verdict)
console.log(`${seconds()}, to repeat: ${lineWith({ seed, keep: false })}`)
if (isGood && !values.keep) rmSync(folder, { recursive: true })
else console.log(`what the day left: ${folder}`)
// Without this, the code that ran PostgreSQL here would end it a second time.
process.exit(isGood ? 0 : 1)

async function judged(): Promise<DayVerdict> {
  await using packed = await packCommand()
  console.log(describe(packed, control === undefined ? {} : { wrapped: "its store is broken on purpose" }))
  return await runDay({
    command: packed.command,
    seed,
    troubles,
    nodes: values.nodes ?? null,
    control: control ?? null,
    snapshotMs: values["snapshot-ms"] ?? null,
    longestSilenceMs: values["silence-ms"],
    folder,
    progress: (line) => console.error(`${seconds()}: ${line}`),
  })
}

/** A gateway that is broken on purpose passes when the judge has found the damage. */
function isFound(name: string, { faults }: DayVerdict): boolean {
  if (!isDayControl(name)) throw new TypeError(`there is no control called ${name}`)
  const { kind, text } = DAY_CONTROLS[name].mustFind
  const found = faults.find((fault) => fault.kind === kind && fault.text === text)
  console.log(
    found === undefined ? `${name}: not found, ${kind}: ${text}` : `${name}: found, ${kind}: ${text}, ${found.count}`,
  )
  return found !== undefined
}
