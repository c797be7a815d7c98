import { existsSync } from "node:fs"
import { readFile, writeFile } from "node:fs/promises"
import { promisify } from "node:util"
import { execFile } from "node:child_process"
import { findProgram, needs } from "../testing/programs.ts"

const run = promisify(execFile)

const FOLDER = "/proc/sys/fs/binfmt_misc"
/** Debian's description of the emulator, meant for registration when a machine starts. */
const DESCRIBED = "/usr/share/qemu/binfmt.d/qemu-aarch64.conf"

/** Lets this machine run programs for arm64 until disposal. @returns the reason, as text, when it cannot */
export async function runArm64(): Promise<AsyncDisposable | string> {
  if (process.arch === "arm64") return "this machine has that processor"
  if (existsSync(`${FOLDER}/qemu-aarch64`)) return { [Symbol.asyncDispose]: () => Promise.resolve() }
  if (findProgram("qemu-aarch64") === undefined) return needs("qemu-aarch64")
  try {
    // The mount is seen only by the processes of this run, but a registration applies to the machine until it is removed.
    if (!existsSync(`${FOLDER}/register`)) {
      await run("sh", ["-c", `mount -t binfmt_misc none ${FOLDER}`])
    }
    await writeFile(`${FOLDER}/register`, await readFile(DESCRIBED))
  } catch (error) {
    return `this machine registers no programs for other processors (${error instanceof Error ? error.message.trim() : String(error)})`
  }
  return {
    [Symbol.asyncDispose]: () => writeFile(`${FOLDER}/qemu-aarch64`, "-1"),
  }
}
