import { setImmediate as immediate } from "node:timers/promises"
import type { DatabaseSync, StatementSync } from "node:sqlite"
import { PRIORITIES } from "../../model/message.ts"
import type { Priority } from "../../model/message.ts"
import type { ClaimQuery, ExpiredQuery, Release, Waiting } from "../../model/ports/claims.ts"
import type { Claim, ClaimedMessage } from "../../model/ports/outbox.ts"
import type { Backlog, Group } from "./backlog.ts"
import type { Claims } from "./claims.ts"
import type { GroupCommit } from "./group-commit.ts"
import type { LaneMember, Lanes } from "./lanes.ts"
import { APART } from "./large-texts.ts"
import type { LargeTexts } from "./large-texts.ts"
import { toClaimed } from "../claimed-message.ts"
import { laneOf } from "../lane.ts"
import { toPriority } from "../message-row.ts"
import { integer, optionalText, text } from "../row.ts"
import type { Row } from "../row.ts"
import { inSlices, ROWS_PER_SLICE } from "./slices.ts"
import { toStored } from "../stored-message.ts"

/** Which worker gets which message. */
export class Queue {
  readonly #commit: GroupCommit
  readonly #backlog: Backlog
  readonly #claims: Claims
  readonly #lanes: Lanes
  readonly #largeTexts: LargeTexts
  readonly #due: StatementSync
  readonly #dueTimes: StatementSync
  readonly #expired: StatementSync
  readonly #messages: StatementSync
  readonly #dueAgain: StatementSync
  readonly #makeAppDue: StatementSync
  readonly #makeDue: StatementSync

  constructor(db: DatabaseSync, { commit, backlog, claims, lanes, largeTexts }: QueueDeps) {
    this.#commit = commit
    this.#backlog = backlog
    this.#claims = claims
    this.#lanes = lanes
    this.#largeTexts = largeTexts
    this.#due = db.prepare(
      "select seq from messages where app = ? and priority = ? and due_at <= ? order by due_at, seq",
    )
    this.#dueTimes = db.prepare(
      "select seq, due_at from messages where app = ? and priority = ? and due_at is not null order by due_at",
    )
    this.#expired = db.prepare(
      "select seq from messages where state = 'open' and expires_at <= ? order by expires_at, seq",
    )
    this.#messages = db.prepare(
      `select seq, id, app, finished_at, key_id, msgtype, parts, priority, order_key, lane_at, behind, accepted_at, send_at, expires_at,
       clock_set, expiry_moves, check_seconds, recipients, counts, chunk_count, chunk, trace, otherwise,
       (select coalesce(max(number), 0) from calls where message = messages.seq) as call_count
       from messages where seq in (select value from json_each(?))`,
    )
    this.#dueAgain = db.prepare(
      "update messages set due_at = ?, behind = 0 where seq = ? and state = 'open' returning order_key, lane_at",
    )
    this.#makeAppDue = db.prepare(`update messages set due_at = ?2 where seq in (
      select seq from messages indexed by messages_delayed where app = ?1 and due_at > ?2
      and due_at > coalesce(reopened_at, send_at) and send_at <= ?2 and behind = 0 limit ?3)`)
    this.#makeDue = db.prepare(`update messages set due_at = ?2 where id in (select value from json_each(?1))
      and due_at > ?2 and (send_at <= ?2 or send_at = accepted_at) and behind = 0 returning app`)
    this.#countUnfinished(db)
  }

  waiting(app: string, now: number, of: readonly Priority[] = PRIORITIES): readonly Waiting[] {
    const groups = this.#backlog.groupsOf(app).filter(({ priority }) => of.includes(priority))
    return groups.map((group) => ({ ...group, dueAt: this.#firstDueAt(group, now) }))
  }

  async claim({ app, priority, now, limit, leaseMs }: ClaimQuery): Promise<readonly ClaimedMessage[]> {
    const rank = PRIORITIES.indexOf(priority)
    return this.#take({ candidates: this.#due.iterate(app, rank, now), now, limit, leaseMs, keepsLanes: true })
  }

  async claimExpired({ now, limit, leaseMs }: ExpiredQuery): Promise<readonly ClaimedMessage[]> {
    return this.#take({ candidates: this.#expired.iterate(now), now, limit, leaseMs, keepsLanes: false })
  }

  renew(claims: readonly Claim[], until: number): readonly boolean[] {
    return claims.map(({ messageId, claim }) => {
      const held = this.#claims.holding(messageId, claim)
      if (held === undefined) return false
      held.until = until
      return true
    })
  }

  release(releases: readonly Release[]): Promise<void> {
    return this.#commit.submit({
      kind: "inside",
      work: (after) => {
        for (const release of releases) {
          const held = this.#claims.holding(release.messageId, release.claim)
          if (held === undefined) continue
          const nextAt = Math.min(release.nextAt, held.dueAgainAt)
          const row = this.#dueAgain.get(nextAt, held.seq)
          const orderKey = row === undefined ? undefined : optionalText(row, "order_key")
          if (row !== undefined && orderKey !== undefined) {
            const member = { seq: held.seq, app: held.app, orderKey, laneAt: integer(row, "lane_at") }
            this.#lanes.hold(member, release.holdsLaneUntil)
          }
          after(() => {
            if (this.#claims.holding(release.messageId, release.claim) === undefined) return
            this.#claims.drop(release.messageId)
            // One that no longer holds its lane may make another due.
            this.#backlog.wake({ app: held.app, ...(orderKey === undefined && { at: nextAt }) })
          })
        }
      },
    })
  }

  makeAppDue(app: string, at: number): Promise<void> {
    return inSlices(this.#commit, (rows, after) => {
      const { changes } = this.#makeAppDue.run(app, at, rows)
      if (changes > 0) after(() => this.#backlog.wake({ app }))
      return changes === rows
    })
  }

  makeDue(messageIds: readonly string[], at: number): Promise<void> {
    return this.#commit.submit({
      kind: "inside",
      work: (after) => {
        const rows = this.#makeDue.all(JSON.stringify(messageIds), at)
        const apps = new Set(rows.map((row) => text(row, "app")))
        after(() => {
          for (const app of apps) this.#backlog.wake({ app })
        })
      },
    })
  }

  async #take(taking: Taking): Promise<readonly ClaimedMessage[]> {
    const taken: ClaimedMessage[] = []
    try {
      await this.#takeRows(taking, taken)
      await this.#readTexts(taken)
    } catch (error) {
      // Without an answer no worker knows of them, and they would wait for the end of their lease.
      for (const { messageId } of taken) this.#claims.drop(messageId)
      throw error
    }
    return taken
  }

  async #takeRows({ candidates, now, limit, leaseMs, keepsLanes }: Taking, taken: ClaimedMessage[]): Promise<void> {
    const { behind, freed }: LanesMet = { behind: [], freed: [] }
    const wanted = (): number => Math.min(limit - taken.length, ROWS_PER_SLICE - behind.length)
    for (const rows of this.#read(candidates, now, wanted)) {
      const mayGo = keepsLanes ? rows.filter((row) => this.#mayGo(row, now, { behind, freed })) : rows
      for (const row of mayGo) taken.push(this.#claimRow(row, now + leaseMs))
    }
    if (freed.length > 0) await this.#noteFreed(freed)
    const [first] = behind
    if (first === undefined) return
    await this.#park(behind, now)
    // Other apps go before the next members of a lane of many thousands.
    if (behind.length >= ROWS_PER_SLICE) this.#backlog.wake({ app: first.app, at: now })
  }

  /** Each text that is stored apart takes many milliseconds to read. */
  async #readTexts(taken: ClaimedMessage[]): Promise<void> {
    for (const [index, claimed] of taken.entries()) {
      const { message, messageId } = claimed
      const seq = this.#claims.of(messageId)?.seq
      if (message.parts[0] !== APART || seq === undefined) continue
      await immediate()
      taken[index] = { ...claimed, message: { ...message, parts: [this.#largeTexts.messageText(seq)] } }
    }
  }

  #mayGo(row: Row, now: number, { behind, freed }: LanesMet): boolean {
    const member = laneMember(row)
    if (member === undefined) return true
    if (this.#lanes.place(member, now) !== undefined) {
      behind.push(member)
      return false
    }
    // The members before it held the lane until a time that has passed.
    if (integer(row, "behind") === 1) freed.push(member)
    return true
  }

  /**
   * Those of the candidates that no claim holds, in order, as many at a time as are wanted: reading them one by one
   * costs twice as much.
   */
  *#read(candidates: Iterable<Row>, now: number, wanted: () => number): Generator<readonly Row[]> {
    const seqs: number[] = []
    const read = (): readonly Row[] => {
      const rows = new Map(this.#messages.all(JSON.stringify(seqs)).map((row) => [integer(row, "seq"), row]))
      const inOrder = seqs.splice(0).map((seq) => rows.get(seq))
      return inOrder.filter((row) => row !== undefined)
    }
    for (const candidate of candidates) {
      if (wanted() <= 0) return
      const seq = integer(candidate, "seq")
      if (this.#claims.isHeld(seq, now)) continue
      if (seqs.push(seq) >= wanted()) yield read()
    }
    if (seqs.length > 0) yield read()
  }

  #noteFreed(members: readonly LaneMember[]): Promise<void> {
    return this.#commit.submit({
      kind: "inside",
      work: () => {
        for (const member of members) this.#lanes.noteFreed(member)
      },
    })
  }

  #park(members: readonly LaneMember[], now: number): Promise<void> {
    return this.#commit.submit({
      kind: "inside",
      work: (after) => {
        for (const member of members) {
          const at = this.#lanes.parkIfBehind(member, now)
          if (at !== undefined) after(() => this.#backlog.wake({ app: member.app, at }))
        }
      },
    })
  }

  #claimRow(row: Row, until: number): ClaimedMessage {
    const copy = toStored(row)
    const claimed = { id: text(row, "id"), app: text(row, "app"), seq: integer(row, "seq"), copy }
    return toClaimed(copy, this.#claims.take(claimed, until).claim)
  }

  #firstDueAt({ app, priority }: Group, now: number): number | undefined {
    for (const row of this.#dueTimes.iterate(app, PRIORITIES.indexOf(priority))) {
      if (!this.#claims.isHeld(integer(row, "seq"), now)) return integer(row, "due_at")
    }
    return undefined
  }

  #countUnfinished(db: DatabaseSync): void {
    // Each of the two halves has an index of its own: a million are counted in a tenth of a second.
    for (const [half, indexed] of [
      [0, "messages_late"],
      [1, "messages_behind"],
    ] as const) {
      const groups =
        db.prepare(`select app, priority, key_id, count(*) as unfinished from messages indexed by ${indexed}
        where state = 'open' and behind = ${half} group by app, priority, key_id`)
      for (const row of groups.iterate()) {
        const group = { app: text(row, "app"), priority: toPriority(row), keyId: text(row, "key_id") }
        this.#backlog.change(group, integer(row, "unfinished"))
      }
    }
  }
}

export interface QueueDeps {
  readonly commit: GroupCommit
  readonly backlog: Backlog
  readonly claims: Claims
  readonly lanes: Lanes
  readonly largeTexts: LargeTexts
}

interface Taking {
  readonly candidates: Iterable<Row>
  readonly now: number
  readonly limit: number
  readonly leaseMs: number
  readonly keepsLanes: boolean
}

/**
 * Among the candidates: members that have to wait behind others, and members whose row says so although none is before
 * them.
 */
interface LanesMet {
  readonly behind: LaneMember[]
  readonly freed: LaneMember[]
}

function laneMember(row: Row): LaneMember | undefined {
  const lane = laneOf(row)
  return lane && { seq: integer(row, "seq"), app: text(row, "app"), ...lane }
}
