import { TransportFault, WeComError } from "@wecom-push/sdk"
import type { Member } from "@wecom-push/sdk"
import { departments, members, tags } from "@wecom-push/sdk/internals"
import type { Api } from "@wecom-push/sdk/internals"
import type { DirectoryReply, DirectorySeen } from "../model/ports/dispatcher.ts"
import type { CallPace } from "../model/ports/governor.ts"
import { StorageError } from "../model/storage-error.ts"
import { LONGEST_REQUEST_MS } from "../wecom/call-once.ts"

export interface DirectoryDeps {
  readonly api: Api
  readonly agentId: number
  readonly paceOf: (path: string) => CallPace
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Nothing is read after it. */
  readonly stopping: AbortSignal
}

interface Progress {
  departmentsRead: number
  departments: number | undefined
}

interface Reading {
  readonly progress: Progress
  readonly ended: Promise<void>
}

/**
 * Departments, members and tags that an app sees, read from WeCom when they are asked for and kept in memory for a day. Reading
 * a company takes a call for each department, so that who asks meanwhile learns how far it is.
 */
export class Directory {
  readonly #deps: DirectoryDeps
  #seen: DirectorySeen | undefined
  #reading: Reading | undefined
  #failure: Extract<DirectoryReply, { kind: "failed" }>["failure"] | undefined

  constructor(deps: DirectoryDeps) {
    this.#deps = deps
  }

  /** Waits for a reading so long, and answers with what there is then. */
  async look({ fresh, waitMs }: { readonly fresh: boolean; readonly waitMs: number }): Promise<DirectoryReply> {
    const isDue = this.#seen === undefined || this.#deps.now() - this.#seen.readAt >= KEPT_MS || fresh
    if (isDue && this.#reading === undefined) this.#begin()
    const reading = this.#reading
    // The copy of a day answers until the new one is there, unless the new one was asked for.
    if (reading !== undefined && (this.#seen === undefined || fresh)) await within(reading.ended, waitMs)
    return this.#reply()
  }

  #reply(): DirectoryReply {
    const [seen, reading, failure] = [this.#seen, this.#reading, this.#failure]
    if (reading !== undefined) {
      const { departmentsRead, departments: all } = reading.progress
      return { kind: "reading", seen, departmentsRead, departments: all }
    }
    if (seen !== undefined && failure === undefined) return { kind: "read", seen }
    return { kind: "failed", seen, failure: failure ?? {} }
  }

  #begin(): void {
    const progress: Progress = { departmentsRead: 0, departments: undefined }
    this.#reading = { progress, ended: this.#read(progress) }
  }

  async #read(progress: Progress): Promise<void> {
    const { agentId, now, stopping } = this.#deps
    const deps = { api: this.#paced(), agentId, language: "en", callTimeoutMs: LONGEST_REQUEST_MS } as const
    const options = { signal: stopping }
    try {
      const found = await Array.fromAsync(departments(deps, options))
      progress.departments = found.length
      const all = members(deps, options, { departments: found, onDepartment: () => void progress.departmentsRead++ })
      const seen = await Array.fromAsync(all)
      this.#seen = {
        departments: found,
        members: seen.toSorted((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1)),
        tags: await Array.fromAsync(tags(deps, options)),
        readAt: now(),
      }
      this.#failure = undefined
    } catch (error) {
      if (!FORESEEN.some((one) => error instanceof one)) throw error
      const { errcode, errmsg } = error instanceof WeComError ? error : {}
      this.#failure = { ...(errcode !== undefined && { errcode }), ...(errmsg !== undefined && { errmsg }) }
    } finally {
      this.#reading = undefined
    }
  }

  /** In the pace of each call, which what is passed on for programs keeps, too. */
  #paced(): Api {
    const { api, paceOf } = this.#deps
    return {
      ...api,
      async call(request) {
        using _place = await paceOf(request.path).take()
        return await api.call({ ...request, deadline: api.clock.now() + LONGEST_REQUEST_MS })
      },
    }
  }
}

const FORESEEN = [WeComError, TransportFault, StorageError]

const KEPT_MS = 24 * 3_600_000

function keyOf({ userid }: Pick<Member, "userid">): string {
  return userid.toLowerCase()
}

async function within(ended: Promise<void>, ms: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, ms)
  await Promise.race([ended, promise])
  clearTimeout(timer)
}
