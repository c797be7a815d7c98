// Makes the types of packages/client from the gateway's own description with openapi-typescript. That needs TypeScript 5, so
// it has a folder with a lock of its own, which is installed on demand. With --check it only says whether the file is up to
// date.
import { execFile } from "node:child_process"
import { mkdtempDisposable, readFile, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { promisify } from "node:util"
import { startTestGateway } from "../packages/gateway/src/doors/http/testing/start-gateway.ts"

const run = promisify(execFile)
const root = resolve(import.meta.dirname, "..")
const generator = join(root, "tools", "client-types")
const file = "packages/client/src/api.ts"

const made = await make()
if (!process.argv.includes("--check")) {
  await writeFile(join(root, file), made)
  console.log(`wrote ${file}`)
} else if ((await readFile(join(root, file), "utf8").catch(() => "")) !== made) {
  console.error(`${file} is not what the gateway describes; run npm run client:types and commit it`)
  process.exitCode = 1
}

async function make(): Promise<string> {
  const [document] = await Promise.all([
    describedApi(),
    run("npm", ["ci", "--no-audit", "--no-fund", "--ignore-scripts"], { cwd: generator }),
  ])
  await using folder = await mkdtempDisposable(join(tmpdir(), "wecom-push-client-types-"))
  const [input, output] = ["openapi.json", "api.ts"].map((name) => join(folder.path, name)) as [string, string]
  await writeFile(input, document)
  const program = join(generator, "node_modules", "openapi-typescript", "bin", "cli.js")
  await run(process.execPath, [program, input, "--output", output], { cwd: folder.path })
  return await readFile(output, "utf8")
}

/** The description without its examples, which would be longer than the types. */
async function describedApi(): Promise<string> {
  await using gateway = await startTestGateway()
  const { text } = await gateway.request("/openapi.json", { key: null })
  const document: unknown = JSON.parse(text, (name, value: unknown) => (name === "example" ? undefined : value))
  return JSON.stringify(document)
}
