import { chmodSync, mkdtempSync, renameSync, rmSync, symlinkSync } from "node:fs"
import { join } from "node:path"
import { openTmpdir } from "../../../../../../tools/testing/open-tmpdir.ts"
import type { Cluster } from "./cluster.ts"

/** A folder of a socket that leads to one server, and to another after a takeover. */
export class ServerLink implements Disposable {
  readonly #folder = mkdtempSync(join(openTmpdir(), "wecom-push-server-"))
  readonly #remove = (): void => rmSync(this.#folder, { recursive: true, force: true })

  constructor(to: Cluster) {
    // Whatever the umask is: servers and poolers run as other users.
    chmodSync(this.#folder, 0o755)
    // Also when the process is ended early.
    process.once("exit", this.#remove)
    this.leadTo(to)
  }

  get socketFolder(): string {
    return join(this.#folder, "server")
  }

  leadTo({ socketFolder }: Cluster): void {
    const next = join(this.#folder, "next")
    symlinkSync(socketFolder, next)
    renameSync(next, this.socketFolder)
  }

  [Symbol.dispose](): void {
    process.off("exit", this.#remove)
    this.#remove()
  }
}
