import { execFile, spawnSync } from "node:child_process"
import { join } from "node:path"
import { promisify } from "node:util"

const run = promisify(execFile)

/** Runs a script of `children/` in a process of its own, perhaps under another program, and answers the JSON it prints. */
export async function runChild(
  script: string,
  parameters: readonly string[],
  under: readonly string[] = [],
): Promise<unknown> {
  const [command = "", ...rest] = [...under, ...childCommand(script), ...parameters]
  const { stdout } = await run(command, rest, { timeout: 60_000 })
  return JSON.parse(stdout) as unknown
}

export function childCommand(script: string): readonly [command: string, ...parameters: string[]] {
  const file = join(import.meta.dirname, "children", script)
  return [process.execPath, "--disable-warning=ExperimentalWarning", "--conditions=wecom-push-source", file]
}

const PACKAGES: ReadonlyMap<string, string> = new Map([["unshare", "util-linux"]])

/** Why a program cannot be used here, for `skip`; false when it can. */
export function missing(command: string, ...parameters: readonly string[]): string | false {
  const { error, status } = spawnSync(command, parameters)
  if (error === undefined) return status === 0 ? false : `${command} does not work here`
  return `${command} is not installed (Debian: apt-get install ${PACKAGES.get(command) ?? command})`
}

/** A shell that puts the words after its script into place: `sh -c SCRIPT sh WORDS`. */
export function shell(script: string): readonly string[] {
  return ["sh", "-c", script, "sh"]
}
