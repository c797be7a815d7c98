import { execFileSync } from "node:child_process"
import { copyFile, lstat, mkdir, mkdtemp, readdir, readlink, rm, symlink } from "node:fs/promises"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { pathOf } from "../testing/programs.ts"

/** A copy of the working tree, for changes and test runs. Deleted on disposal. */
export class TreeCopy implements AsyncDisposable {
  readonly root: string

  private constructor(root: string) {
    this.root = root
  }

  /** @param root of the tree: a checkout, including changes that are not committed */
  static async of(root: string): Promise<TreeCopy> {
    const copy = new TreeCopy(await mkdtemp(join(tmpdir(), "wecom-push-mutate-")))
    const listed = execFileSync(pathOf("git"), ["ls-files", "-co", "--exclude-standard", "-z"], {
      cwd: root,
      encoding: "utf8",
    })
    for (const path of listed.split("\0").filter((name) => name !== "")) {
      const to = join(copy.root, path)
      await mkdir(dirname(to), { recursive: true })
      // A file that was deleted without a commit is still listed.
      await copyFile(join(root, path), to).catch(ignoreMissing)
    }
    await linkPackages(join(root, "node_modules"), join(copy.root, "node_modules"))
    return copy
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.root, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** Links the packages: those of this workspace lead to the copy, all others to the installed ones. */
async function linkPackages(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true })
  for (const name of await readdir(from).catch((): string[] => [])) {
    const path = join(from, name)
    if ((await lstat(path)).isSymbolicLink()) await symlink(await readlink(path), join(to, name))
    else if (name.startsWith("@")) await linkPackages(path, join(to, name))
    else if (name !== ".cache") await symlink(path, join(to, name))
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== "ENOENT") throw error
}
