// Replaces gateways of an older version by this version under load, and back where that is allowed: npm run upgrade -- --help
import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { start } from "../packages/cli/src/testing/start-process.ts"
import { readOptions } from "../tools/options.ts"
import { packCommand } from "../tools/packed-command.ts"
import { findProgram } from "../tools/testing/programs.ts"
import { startHaproxy, startOwnBalancer, startWorld } from "./testing/balanced.ts"
import type { Launch } from "./testing/balanced.ts"

const root = join(import.meta.dirname, "..")
const { values } = readOptions({
  command: "npm run upgrade",
  about:
    "Two gateways of an older commit on one PostgreSQL, behind the balancer of deploy/, are replaced one after another by this\nversion while messages are posted. Ends with 1 where a post was refused, or a message was lost or came twice.",
  options: {
    from: { kind: "text", help: "the older commit" },
    "per-second": { kind: "count", default: 20, help: "messages posted in a second" },
    seconds: { kind: "count", default: 5, help: "between one replacement and the next" },
  },
})
if (values.from === undefined) {
  console.error("--from is missing: name the commit to come from")
  process.exit(2)
}
const folder = mkdtempSync(join(tmpdir(), "wecom-push-upgrade-"))
const checkout = join(folder, "checkout")
run("git", ["worktree", "add", "--detach", "--quiet", checkout, values.from], root)
const isWell = await tried().finally(() => {
  run("git", ["worktree", "remove", "--force", checkout], root)
  rmSync(folder, { recursive: true, force: true })
})
// Without this, the code that ran PostgreSQL here would end it a second time.
process.exit(isWell ? 0 : 1)

async function tried(): Promise<boolean> {
  run("npm", ["ci", "--no-audit", "--no-fund", "--silent"], checkout)
  await using packed = await packCommand()
  console.log(packed.describe())
  const older = by(join(checkout, "packages/cli/bin/wecom-push.js"))
  const newer = by(packed.command)
  await using world = await startWorld(older, findProgram("haproxy") === undefined ? startOwnBalancer : startHaproxy)
  const posting = world.post(1000 / values["per-second"])
  for (const [index, launch, what] of [
    [0, newer, "the first is of this version"],
    [1, newer, "both are of this version"],
    [1, older, "one is of the older version again"],
    [1, newer, "both are of this version"],
  ] as const) {
    await sleep(values.seconds * 1000)
    await world.stop(index, "SIGTERM")
    const hasStarted = await world.start(index, launch).then(
      () => true,
      (error: unknown) => {
        console.log(`not started: ${error instanceof Error ? error.message.slice(0, 300) : String(error)}`)
        return false
      },
    )
    if (hasStarted) console.log(what)
    // What the page on upgrades tells of: its tables do more than grow.
    else if (launch === newer) return false
  }
  await sleep(values.seconds * 1000)
  const posts = await posting.done()
  await world.allSent()
  const [shown, posted] = [(await world.shown()).toSorted(), world.posted.toSorted()]
  const lost = posted.filter((text) => !shown.includes(text)).length
  const refused = posts.flatMap(({ answers }) => answers.filter((answer) => answer !== "202"))
  const longest = Math.max(...posts.map(({ ms }) => ms))
  console.log(`${posts.length} posted, ${refused.length} answers other than 202 (${[...new Set(refused)].join(", ")})`)
  console.log(`longest until accepted ${longest.toFixed(0)} ms`)
  console.log(`shown ${shown.length}, lost ${lost}, twice ${shown.length - new Set(shown).size}`)
  return refused.length === 0 && lost === 0 && shown.length === posted.length
}

function by(launcher: string): Launch {
  return (argv, cwd, env, options) => start(argv, cwd, env, { launcher, ...options })
}

function run(program: string, words: readonly string[], cwd: string): void {
  const { status, stderr } = spawnSync(program, words, { cwd, encoding: "utf8" })
  if (status !== 0) throw new Error(`${program} ${words.join(" ")}: ${stderr}`)
}
