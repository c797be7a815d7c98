import type { Member } from "@wecom-push/sdk"
import { departments, members, tag, tags } from "@wecom-push/sdk/internals"
import type { Api } from "@wecom-push/sdk/internals"
import type {
  DirectoryProgress,
  DirectoryReply,
  DirectorySeen,
  LookAt,
  TagReply,
  TagSeen,
} from "../model/ports/dispatcher.ts"
import type { CallPace } from "../model/ports/governor.ts"
import { LONGEST_REQUEST_MS } from "../wecom/call-once.ts"
import { KeptReading } from "./kept-reading.ts"

export interface DirectoryDeps {
  readonly api: Api
  readonly agentId: number
  readonly paceOf: (path: string) => CallPace
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Nothing is read after it. */
  readonly stopping: AbortSignal
}

/**
 * Departments, members and tags that an app sees. They are one reading, because members are found department by department.
 * The members of a tag are a reading of their own, for a corp may have thousands of tags while only two of them are asked
 * for.
 */
export class Directory {
  readonly #deps: DirectoryDeps
  readonly #all: KeptReading<DirectorySeen, DirectoryProgress>
  readonly #tags = new Map<number, KeptReading<TagSeen, object>>()

  constructor(deps: DirectoryDeps) {
    this.#deps = deps
    this.#all = new KeptReading<DirectorySeen, DirectoryProgress>({
      read: (progress) => this.#read(progress),
      begin: () => ({ departmentsRead: 0, departments: undefined }),
      now: deps.now,
    })
  }

  look(look: LookAt): Promise<DirectoryReply> {
    return this.#all.look(look)
  }

  async lookAtTag(id: number, look: LookAt): Promise<TagReply> {
    const kept = this.#tags.get(id) ?? this.#keepTag(id)
    const reply = await kept.look(look)
    if (reply.kind !== "failed") return reply
    const { errcode } = reply.failure
    const isGone = errcode !== undefined && NO_SUCH_TAG.has(errcode)
    // Otherwise ids that no tag has would fill the memory.
    if ((isGone || reply.seen === undefined) && this.#tags.get(id) === kept) this.#tags.delete(id)
    return isGone ? { kind: "unknown" } : reply
  }

  #keepTag(id: number): KeptReading<TagSeen, object> {
    const kept = new KeptReading({ read: () => this.#readTag(id), begin: () => ({}), now: this.#deps.now })
    this.#tags.set(id, kept)
    return kept
  }

  async #readTag(id: number): Promise<TagSeen> {
    const { now, stopping } = this.#deps
    const { members: having, ...found } = await tag(this.#asking(), id, { signal: stopping })
    return { ...found, members: having.toSorted(byUserid), readAt: now() }
  }

  async #read(progress: DirectoryProgress): Promise<DirectorySeen> {
    const { now, stopping } = this.#deps
    const deps = this.#asking()
    const options = { signal: stopping }
    const found = await Array.fromAsync(departments(deps, options))
    progress.departments = found.length
    const all = members(deps, options, { departments: found, onDepartment: () => void progress.departmentsRead++ })
    const seen = await Array.fromAsync(all)
    return {
      departments: found,
      members: seen.toSorted(byUserid),
      tags: await Array.fromAsync(tags(deps, options)),
      readAt: now(),
    }
  }

  /** Each call keeps the pace of its path. Calls that are passed on for programs keep it too. */
  #asking() {
    const { api, agentId, paceOf } = this.#deps
    const paced: Api = {
      ...api,
      async call(request) {
        using _place = await paceOf(request.path).take()
        return await api.call({ ...request, deadline: api.clock.now() + LONGEST_REQUEST_MS })
      },
    }
    return { api: paced, agentId, language: "en", callTimeoutMs: LONGEST_REQUEST_MS } as const
  }
}

/** WeCom's codes for an id that no tag has, and for a tag that the app does not see. */
const NO_SUCH_TAG: ReadonlySet<number> = new Set([40068, 60011])

function byUserid(one: Pick<Member, "userid">, other: Pick<Member, "userid">): number {
  return one.userid.toLowerCase() < other.userid.toLowerCase() ? -1 : 1
}
