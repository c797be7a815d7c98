// A day on which much goes wrong beside the gateways: npm run bad-day -- --help
import { mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { readOptions } from "../../tools/options.ts"
import { packCommand } from "../../tools/packed-command.ts"
import { describe } from "../gateway/describe.ts"
import type { DayVerdict } from "./judge-day.ts"
import { runDay } from "./run-day.ts"

const { values, lineWith } = readOptions({
  command: "npm run bad-day",
  about:
    "Troubles that are not the gateway's own, drawn at random while programs post: contents that something in between\nanswers with HTML or cuts, clocks that are set by days. Judges that all is sent once, and that no app was silent.",
  options: {
    nodes: { kind: "count", help: "gateways on one PostgreSQL; without it one gateway on SQLite" },
    troubles: { kind: "count", default: 40, help: "how many there are" },
    seed: { kind: "text", help: "one day is like another of the same seed; drawn unless given" },
    keep: { kind: "flag", help: "leaves logs and databases of a day that was well too" },
  },
})
const { troubles, seed = String(Date.now()) } = values
const root = join(tmpdir(), "wecom-push-chaos")
mkdirSync(root, { recursive: true })
const folder = mkdtempSync(join(root, "bad-day-"))
const startedAt = performance.now()
const seconds = (): string => `${Math.round((performance.now() - startedAt) / 1000)} s`
const { isGood, told } = await judged()
console.log(told)
console.log(`${seconds()}, to repeat: ${lineWith({ seed, keep: false })}`)
if (isGood && !values.keep) rmSync(folder, { recursive: true })
else console.log(`what the day left: ${folder}`)
// What ran PostgreSQL here would end it once more when nothing is left to do.
process.exit(isGood ? 0 : 1)

async function judged(): Promise<DayVerdict> {
  await using packed = await packCommand()
  console.log(describe(packed))
  return await runDay({
    command: packed.command,
    seed,
    troubles,
    nodes: values.nodes ?? null,
    control: null,
    folder,
    progress: (line) => console.error(`${seconds()}: ${line}`),
  })
}
