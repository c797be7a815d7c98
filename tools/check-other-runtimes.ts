// Checks the packed SDK and client in other environments: under Bun, in a module bundled by esbuild, the SDK without undici,
// the client in a page.
// Bun and esbuild are not dependencies. Their packages hold programs for one platform, which they do not declare to npm.
import { execFile, spawn } from "node:child_process"
import { once } from "node:events"
import { stat, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { promisify } from "node:util"
import { fetchProgram } from "./fetch-program.ts"
import { packCommand } from "./packed-command.ts"
import type { PackedCommand } from "./packed-command.ts"

const run = promisify(execFile)

const BUN = "@oven/bun-linux-x64@1.4.5"
const ESBUILD = "@esbuild/linux-x64@0.28.2"

/** Sends a message with a file and prints its outcome, as the SDK's documents show it, without choosing a transport. */
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

/** The program of a page. */
const CLIENT_PROGRAM = `
  import { GatewayClient } from "@wecom-push/client"
  const gateway = new GatewayClient({ baseUrl: globalThis.gatewayUrl, key: "wp_simulator" })
  const to = { mobiles: ["13800000001"] }
  const { id } = await gateway.send({ app: "alerts", to, msgtype: "text", text: { content: "a text" } })
  console.log((await gateway.waitFor(id)).state)
`
const MOST_CLIENT_BYTES = 30_000

if (process.platform === "linux" && process.arch === "x64") await check()
else
  console.log(
    `Bun and esbuild are left out: they are fetched for linux x64 alone, and this is ${process.platform} ${process.arch}`,
  )

async function check(): Promise<void> {
  const [bun, esbuild] = await Promise.all([fetchProgram(BUN, "bin/bun"), fetchProgram(ESBUILD, "bin/esbuild")])
  await using packed = await packCommand()
  await using running = new AsyncDisposableStack()
  const started = async (argv: readonly string[]): Promise<Started> => running.use(await start(packed, argv))
  const program = join(packed.home, "program.mjs")
  await writeFile(program, PROGRAM)
  const bundle = async (name: string, ...flags: string[]): Promise<string> => {
    const file = join(packed.home, name)
    await run(esbuild, [program, "--bundle", "--platform=node", "--format=esm", `--outfile=${file}`, ...flags])
    return file
  }
  const { url: simulator } = await started(["simulate", "--port", "0", "--json"])
  await expect("sent", "the SDK under Bun", bun, [program, simulator])
  const without = await bundle("a.mjs", "--external:undici")
  await expect("sent", "the SDK by esbuild, undici left out", process.execPath, [without, simulator])
  const within = await bundle("b.mjs")
  await expect("transport_missing", "the SDK by esbuild, undici bundled", process.execPath, [within, simulator])

  const { url: gateway } = await started(["serve", "--simulator", "0", "--port", "0", "--json"])
  const page = join(packed.home, "page.mjs")
  await writeFile(join(packed.home, "client.mjs"), CLIENT_PROGRAM)
  const flags = ["--bundle", "--minify", "--platform=browser", "--format=esm", `--outfile=${page}`]
  // For the browser platform, esbuild refuses code that imports a module of Node.
  await run(esbuild, [join(packed.home, "client.mjs"), ...flags])
  const { size } = await stat(page)
  if (size > MOST_CLIENT_BYTES) throw new Error(`the client in a page takes ${size} bytes, over ${MOST_CLIENT_BYTES}`)
  console.log(`the client in a page: ${size} bytes`)
  const setting = join(packed.home, "setting.mjs")
  await writeFile(setting, `globalThis.gatewayUrl = ${JSON.stringify(gateway)}\nawait import("./page.mjs")\n`)
  await expect("sent", "the client as for a page, under Bun", bun, [setting])
  await expect("sent", "the client as for a page, under Node", process.execPath, [setting])
}

async function expect(what: string, where: string, program: string, argv: readonly string[]): Promise<void> {
  const { stdout } = await run(program, argv, { timeout: 60_000 })
  if (stdout.trim() !== what) throw new Error(`${where}: ${stdout.trim()} instead of ${what}`)
  console.log(`${where}: ${what}`)
}

interface Started extends AsyncDisposable {
  readonly url: string
}

/** The packed command, until it is disposed of. */
async function start(packed: PackedCommand, argv: readonly string[]): Promise<Started> {
  const { home } = packed
  const child = spawn(process.execPath, [packed.command, ...argv], {
    cwd: home,
    env: { ...process.env, HOME: home, XDG_CACHE_HOME: home, XDG_STATE_HOME: home },
    stdio: ["ignore", "pipe", "ignore"],
  })
  await using stopping = new AsyncDisposableStack()
  stopping.defer(async () => {
    child.kill()
    if (child.exitCode === null) await once(child, "exit")
  })
  const url = await urlOf(child.stdout)
  const kept = stopping.move()
  return { url, [Symbol.asyncDispose]: () => kept.disposeAsync() }
}

/** The address from the line in which the program prints it: `url` for a gateway, `base_url` for a simulator. */
async function urlOf(stdout: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface(stdout)) {
    const [, url] = /^\{"(?:url|base_url)":"([^"]+)"/.exec(line) ?? []
    if (url !== undefined) return url
  }
  throw new Error("it did not start")
}
