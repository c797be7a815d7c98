import { execFile } from "node:child_process"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { promisify } from "node:util"

/**
 * Fetches a program from a package that is not a dependency.
 * @param packageSpec with its exact version
 * @returns the path below the package
 */
export async function fetchProgram(packageSpec: string, path: string): Promise<string> {
  const argv = ["exec", "--yes", `--package=${packageSpec}`, "--", "node", "-p", "process.env.PATH"]
  // Not in this folder, where npm would find another version of the same package.
  const { stdout } = await promisify(execFile)("npm", argv, { cwd: tmpdir() })
  const folder = stdout.split(":").find((one) => one.includes("_npx") && one.endsWith(join("node_modules", ".bin")))
  if (folder === undefined) throw new Error(`npm shows no place for ${packageSpec}`)
  return join(dirname(folder), packageSpec.slice(0, packageSpec.lastIndexOf("@")), path)
}
