import { setTimeout as sleep } from "node:timers/promises"
import { sql } from "kysely"
import type { RelayedAnswer, RelayedFrame, RobotRelay } from "../../model/ports/robot-relay.ts"
import { StorageError } from "../../model/storage-error.ts"
import { integer, optionalText, parseOwn, text } from "../row.ts"
import type { Row } from "../row.ts"
import type { Notices } from "./notices.ts"
import type { Transactions } from "./transactions.ts"

export interface RobotRelayDeps {
  readonly transactions: Transactions
  readonly notices: Notices
}

/** A row for each frame, which the node that takes it writes the answer into. */
export class PostgresRobotRelay implements RobotRelay {
  readonly #deps: RobotRelayDeps

  constructor(deps: RobotRelayDeps) {
    this.#deps = deps
  }

  async ask({ app, cmd, body, reqId }: RelayedFrame): Promise<RelayedAnswer> {
    const { transactions, notices } = this.#deps
    const answered = Promise.withResolvers<void>()
    let id: number | undefined
    const end = notices.on("robot_answer", (subject) => {
      if (subject === undefined || subject === String(id)) answered.resolve()
    })
    try {
      id = await transactions.run(async (tx) => {
        const { rows } = await sql<Row>`insert into wecom_push.robot_frames (app, cmd, body, req_id)
          values (${app}, ${cmd}, ${body}, ${reqId}) returning id`.execute(tx)
        const made = integer(rows[0] ?? {}, "id")
        await notices.send(tx, "robot_frame", String(made))
        return made
      })
      const answer = await this.#answerTo(id, answered.promise)
      if (answer !== undefined) return answer
      const { rows } = await transactions.single((db) =>
        sql<Row>`delete from wecom_push.robot_frames where id = ${id} returning taken, answer`.execute(db),
      )
      return readAnswer(rows[0]) ?? { kind: rows[0]?.["taken"] === false ? "not_sent" : "unknown" }
    } finally {
      end()
    }
  }

  serve(takes: () => boolean, send: (frame: RelayedFrame) => Promise<RelayedAnswer>): () => void {
    return this.#deps.notices.on("robot_frame", (subject) => {
      if (takes()) void this.#take(subject, send)
    })
  }

  /** A notice may be lost. @returns undefined when the time for it is over */
  async #answerTo(id: number, answered: Promise<void>): Promise<RelayedAnswer | undefined> {
    const { transactions } = this.#deps
    for (let looks = 0; looks * LOOK_EVERY_MS < LONGEST_WAIT_MS; looks++) {
      await Promise.race([answered, sleep(LOOK_EVERY_MS)])
      const { rows } = await transactions.single((db) =>
        sql<Row>`delete from wecom_push.robot_frames where id = ${id} and answer is not null returning answer`.execute(
          db,
        ),
      )
      const answer = readAnswer(rows[0])
      if (answer !== undefined) return answer
    }
    return undefined
  }

  /** @param subject undefined: notices may have been lost, so all that waits is taken */
  async #take(subject: string | undefined, send: (frame: RelayedFrame) => Promise<RelayedAnswer>): Promise<void> {
    const { transactions, notices } = this.#deps
    const ofIt = subject === undefined ? sql`` : sql`and id = ${Number(subject)}`
    try {
      const { rows } = await transactions.single((db) =>
        sql<Row>`update wecom_push.robot_frames set taken = true
          where not taken and asked_at > clock_timestamp() - interval '5 s' ${ofIt}
          returning id, app, cmd, body, req_id`.execute(db),
      )
      for (const row of rows) {
        const frame = {
          app: text(row, "app"),
          cmd: text(row, "cmd"),
          body: text(row, "body"),
          reqId: text(row, "req_id"),
        }
        const answer = await send(frame)
        const id = integer(row, "id")
        await transactions.run(async (tx) => {
          await sql`update wecom_push.robot_frames set answer = ${JSON.stringify(answer)} where id = ${id}`.execute(tx)
          // Deletes the frames of nodes that ended while they waited.
          await sql`delete from wecom_push.robot_frames
            where asked_at < clock_timestamp() - interval '1 minute'`.execute(tx)
          await notices.send(tx, "robot_answer", String(id))
        })
      }
    } catch (error) {
      // The node that asks waits no longer than it would have.
      if (!(error instanceof StorageError)) throw error
    }
  }
}

/** Longer than WeCom's answer is waited for. */
const LONGEST_WAIT_MS = 7000
const LOOK_EVERY_MS = 500

function readAnswer(row: Row | undefined): RelayedAnswer | undefined {
  const answer = row === undefined ? undefined : optionalText(row, "answer")
  return answer === undefined ? undefined : parseOwn<RelayedAnswer>(answer)
}
