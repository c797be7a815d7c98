import { execFile } from "node:child_process"
import { join } from "node:path"
import { promisify } from "node:util"
import { pathOf, without } from "../../../../../tools/testing/programs.ts"

const run = promisify(execFile)

/**
 * Runs a script of `children/` in a process of its own, optionally under another program, and returns the JSON that it
 * prints.
 */
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

/** Why this machine cannot mount anything for one process, for `skip`. */
export function withoutMounts(): string | false {
  return without("unshare", "-m", "sh", "-c", "mount -t tmpfs none /mnt")
}

/** The program under which a process has mounts of its own, which the script makes and which end with it. */
export function withMounts(script: string): readonly string[] {
  return [pathOf("unshare"), "-m", ...shell(`${script} && exec "$@"`)]
}

/** A shell that runs a script with the words after it as arguments: `sh -c SCRIPT sh WORDS`. */
export function shell(script: string): readonly string[] {
  return ["sh", "-c", script, "sh"]
}
