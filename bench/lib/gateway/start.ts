import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { startServer } from "../child.ts"
import type { ServerChild } from "../child.ts"
import type { PeersPlan } from "./plan.ts"

/** A folder that is deleted on disposal. */
export class Folder implements AsyncDisposable {
  readonly path: string

  private constructor(path: string) {
    this.path = path
  }

  static async make(): Promise<Folder> {
    return new Folder(await mkdtemp(join(tmpdir(), "wecom-push-bench-")))
  }

  get databaseFile(): string {
    return join(this.path, "gateway.db")
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true, force: true })
  }
}

/** Starts the routes that the gateway is compared with, from the sources, because no published package has them. */
export function startPeers(plan: PeersPlan): Promise<ServerChild> {
  return startServer("lib/gateway/peers.ts", [JSON.stringify(plan)], { flags: FROM_SOURCES })
}

export const FROM_SOURCES = ["--conditions=wecom-push-source"]
