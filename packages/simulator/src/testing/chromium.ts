import { execFile } from "node:child_process"
import { readFile } from "node:fs/promises"
import { delimiter, dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { filledOnce } from "../../../../tools/testing/filled-once.ts"
import { findProgram, without } from "../../../../tools/testing/programs.ts"

const run = promisify(execFile)

export interface Chromium {
  readonly executablePath: string
  readonly env: NodeJS.ProcessEnv
}

/** Why no browser can be opened here, for `skip`. */
export const noChromium = without("chromium")

/** The Chromium of the machine, or else the one from the npm package. */
export async function findChromium(): Promise<Chromium> {
  const installed = findProgram("chromium")
  if (installed !== undefined) return { executablePath: installed, env: process.env }
  if (noChromium !== false) throw new Error(`this ${noChromium}`)
  const folder = await filledOnce(await cacheFolder(), unpackChromium)
  const executablePath = join(folder, "chromium")
  return { executablePath, env: await environmentFor(executablePath, join(folder, "al2023", "lib")) }
}

const PACKAGE = dirname(dirname(fileURLToPath(import.meta.resolve("@sparticuz/chromium"))))

async function cacheFolder(): Promise<string> {
  const { version } = JSON.parse(await readFile(join(PACKAGE, "package.json"), "utf8")) as { version: string }
  return join(dirname(dirname(PACKAGE)), ".cache", `chromium-${version}`)
}

/**
 * Unpacks in a process of its own, because the package unpacks into the temporary folder of the process, and assumes
 * that what is already there is complete. With the variable it also unpacks the libraries that a small system may lack.
 */
async function unpackChromium(into: string): Promise<void> {
  const script = `const { default: packed } = await import(${JSON.stringify(import.meta.resolve("@sparticuz/chromium"))})
    await packed.executablePath()`
  await run(process.execPath, ["--input-type=module", "--eval", script], {
    env: { ...process.env, TMPDIR: into, AWS_EXECUTION_ENV: "AWS_Lambda_nodejs24.x" },
  })
}

/** The package's libraries are for a system that lacks them; another system has its own, which fit it. */
async function environmentFor(chromium: string, libraries: string): Promise<NodeJS.ProcessEnv> {
  const { env } = process
  const runs = await run(chromium, ["--version"], { env }).then(
    () => true,
    () => false,
  )
  return runs ? env : { ...env, LD_LIBRARY_PATH: [libraries, env["LD_LIBRARY_PATH"] ?? ""].join(delimiter) }
}
