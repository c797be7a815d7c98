// Runs the kill test against gateways that are broken on purpose: the checker must find each. A gateway whose damage has no
// effect must pass. npm run chaos:controls -- --help
import { execFile } from "node:child_process"
import { join } from "node:path"
import { readOptions } from "../../tools/options.ts"
import { isNodesControl, NODES_CONTROL_NAMES } from "./damage-nodes.ts"
import { CONTROL_NAMES } from "./damage.ts"

const KILLS = 25
const KILLS_OF_NODES = 12
/** More than one, because they mostly wait. */
const AT_ONCE = 2

const { values, operands: wanted } = readOptions({
  command: "npm run chaos:controls",
  about: "Kills gateways that are broken on purpose, all of them or those that are named: each must be found out.",
  operands: "NAME…",
  options: {
    kills: {
      kind: "count",
      help: `of each; ${KILLS}, or ${KILLS_OF_NODES} of several on one PostgreSQL, unless given`,
    },
  },
})
const left = wanted.length === 0 ? [...CONTROL_NAMES, ...NODES_CONTROL_NAMES] : [...wanted]
const results = await Promise.all(Array.from({ length: AT_ONCE }, () => runSome()))
process.exit(results.every((isGood) => isGood) ? 0 : 1)

async function runSome(): Promise<boolean> {
  let isGood = true
  for (let control = left.shift(); control !== undefined; control = left.shift()) {
    isGood = (await isAsExpected(control)) && isGood
  }
  return isGood
}

function isAsExpected(control: string): Promise<boolean> {
  const flags = ["--disable-warning=ExperimentalWarning", "--conditions=wecom-push-source"]
  const isOfNodes = isNodesControl(control)
  const { kills = isOfNodes ? KILLS_OF_NODES : KILLS } = values
  const words = [
    ...(isOfNodes ? ["--nodes", "2"] : []),
    "--kills",
    `${kills}`,
    "--seed",
    "controls",
    "--control",
    control,
  ]
  const { promise, resolve } = Promise.withResolvers<boolean>()
  execFile(process.execPath, [...flags, join(import.meta.dirname, "../main.ts"), ...words], (error, stdout, stderr) => {
    console.log(`${control}:\n${stdout.trimEnd()}`)
    if (error !== null) console.log(`${control} ended with ${error.signal ?? error.code}: ${stderr.trimEnd()}`)
    resolve(error === null)
  })
  return promise
}
